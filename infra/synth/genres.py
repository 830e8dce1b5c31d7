"""The fifteen genres of Discogs, with styles that belong to each, years and weights; countries with their languages."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class GenreFacts(Struct, frozen=True):
    """A genre as XML text, the styles heard in it, its years and how common it is (per mille, roughly)."""

    name: str
    weight: int
    first_year: int
    last_year: int
    styles: tuple[str, ...]


def _genre(name: str, weight: int, first: int, last: int, styles: str) -> GenreFacts:
    escaped = (style.replace("&", "&amp;") for style in styles.split("; "))
    return GenreFacts(name.replace("&", "&amp;"), weight, first, last, tuple(escaped))


GENRES: Final[tuple[GenreFacts, ...]] = (
    _genre("Rock", 270, 1955, 2024, "Alternative Rock; Indie Rock; Punk; Hardcore; Prog Rock; Psychedelic Rock; Hard "
           "Rock; Heavy Metal; Death Metal; Black Metal; New Wave; Post-Punk; Garage Rock; Shoegaze; Krautrock; Folk "
           "Rock; Blues Rock; Pop Rock; Rock & Roll; Thrash; Doom Metal; Grindcore; Post Rock; Math Rock; Goth Rock"),
    _genre("Electronic", 260, 1970, 2025, "Techno; House; Deep House; Tech House; Trance; Ambient; Drum n Bass; "
           "Jungle; Breakbeat; IDM; Electro; Synth-pop; Downtempo; Experimental; Industrial; EBM; Minimal; Acid; "
           "Disco; Euro House; Dubstep; Dub Techno; Noise; Hardcore; Progressive House; Italo-Disco; Berlin-School"),
    _genre("Pop", 110, 1930, 2024, "Vocal; Ballad; Chanson; Europop; Schlager; Synth-pop; J-pop; K-pop; City Pop; "
           "Kayōkyoku; Indie Pop; Light Music; Novelty; Easy Listening; Bubblegum; Mandopop"),
    _genre("Jazz", 70, 1917, 2024, "Hard Bop; Bop; Cool Jazz; Swing; Big Band; Free Jazz; Fusion; Soul-Jazz; Modal; "
           "Latin Jazz; Dixieland; Contemporary Jazz; Free Improvisation; Smooth Jazz; Post Bop; Jazz-Funk"),
    _genre("Folk, World, & Country", 70, 1925, 2023, "Folk; Country; Celtic; African; Flamenco; Bluegrass; Hindustani; "
           "Indian Classical; Klezmer; Laïkó; Volksmusik; Highlife; Fado; Rebetiko; Polka; Honky Tonk; Luk Thung"),
    _genre("Funk / Soul", 60, 1955, 2023, "Soul; Funk; Disco; Rhythm & Blues; Gospel; Contemporary R&B; Neo Soul; "
           "Afrobeat; P.Funk; Boogie; Swingbeat"),
    _genre("Hip Hop", 50, 1979, 2025, "Boom Bap; Conscious; Gangsta; Instrumental; Trap; Pop Rap; Turntablism; "
           "Hardcore Hip-Hop; Thug Rap; Cloud Rap; Bass Music; DJ Battle Tool"),
    _genre("Classical", 45, 1905, 2024, "Baroque; Romantic; Modern; Contemporary; Opera; Choral; Impressionist; "
           "Renaissance; Neo-Classical; Medieval; Operetta"),
    _genre("Latin", 20, 1928, 2023, "Salsa; Cumbia; Bolero; Tango; Samba; Bossanova; MPB; Mambo; Ranchera; Merengue; "
           "Son; Guaracha; Reggaeton"),
    _genre("Reggae", 18, 1962, 2023, "Roots Reggae; Dub; Dancehall; Ska; Rocksteady; Lovers Rock; Ragga; Reggae-Pop"),
    _genre("Stage & Screen", 17, 1935, 2024, "Soundtrack; Score; Musical; Theme; Video Game Music"),
    _genre("Blues", 15, 1920, 2023, "Delta Blues; Chicago Blues; Electric Blues; Country Blues; Boogie Woogie; "
           "Piano Blues; Modern Electric Blues; Texas Blues"),
    _genre("Non-Music", 8, 1910, 2023, "Spoken Word; Comedy; Poetry; Radioplay; Field Recording; Interview; Audiobook"),
    _genre("Children's", 5, 1940, 2022, "Story; Nursery Rhymes; Educational"),
    _genre("Brass & Military", 4, 1902, 2015, "Brass Band; Marches; Military; Pipe & Drum"),
)  # fmt: skip


class Country(Struct, frozen=True):
    name: str
    weight: int
    language: str
    cities: tuple[str, ...]


def _country(name: str, weight: int, language: str, cities: str) -> Country:
    return Country(name.replace("&", "&amp;"), weight, language, tuple(cities.split(", ")))


COUNTRIES: Final[tuple[Country, ...]] = (
    _country("US", 260, "english", "Detroit, Chicago, New York, Los Angeles, Memphis, Nashville, Austin, Philadelphia"),
    _country("UK", 160, "english", "London, Manchester, Bristol, Glasgow, Sheffield, Leeds, Birmingham"),
    _country("Germany", 100, "german", "Berlin, Köln, Hamburg, München, Düsseldorf, Frankfurt am Main"),
    _country("France", 60, "french", "Paris, Lyon, Marseille, Toulouse, Nantes"),
    _country("Japan", 60, "japanese", "Tokyo, 大阪, Kyoto, 札幌"),
    _country("Italy", 45, "italian", "Milano, Roma, Napoli, Bologna, Torino"),
    _country("Spain", 30, "spanish", "Madrid, Barcelona, Valencia, Sevilla"),
    _country("Mexico", 14, "spanish", "Ciudad de México, Monterrey, Guadalajara"),
    _country("Argentina", 12, "spanish", "Buenos Aires, Rosario, Córdoba"),
    _country("Brazil", 25, "portuguese", "São Paulo, Rio de Janeiro, Salvador, Recife"),
    _country("Portugal", 8, "portuguese", "Lisboa, Porto"),
    _country("Sweden", 28, "nordic", "Stockholm, Göteborg, Malmö"),
    _country("Norway", 12, "nordic", "Oslo, Bergen, Tromsø"),
    _country("Iceland", 5, "nordic", "Reykjavík, Akureyri"),
    _country("Netherlands", 35, "english", "Amsterdam, Rotterdam, Den Haag"),
    _country("Canada", 30, "english", "Toronto, Montréal, Vancouver"),
    _country("Australia", 28, "english", "Melbourne, Sydney, Brisbane"),
    _country("Jamaica", 10, "english", "Kingston"),
    _country("Poland", 16, "slavic", "Warszawa, Łódź, Kraków"),
    _country("Czechoslovakia", 10, "slavic", "Praha, Brno, Bratislava"),
    _country("Yugoslavia", 10, "slavic", "Beograd, Zagreb, Ljubljana"),
    _country("Turkey", 8, "turkish", "İstanbul, Ankara, İzmir"),
    _country("USSR", 16, "russian", "Москва, Ленинград, Таллин"),
    _country("Russia", 14, "russian", "Москва, Санкт-Петербург, Екатеринбург"),
    _country("Ukraine", 6, "ukrainian", "Київ, Львів, Харків"),
    _country("Greece", 12, "greek", "Αθήνα, Θεσσαλονίκη"),
    _country("Israel", 7, "hebrew", "תל אביב, ירושלים"),
    _country("Egypt", 5, "arabic", "القاهرة, الإسكندرية"),
    _country("Lebanon", 3, "arabic", "بيروت"),
    _country("Taiwan", 5, "chinese", "台北, 高雄"),
    _country("Hong Kong", 4, "chinese", "香港"),
    _country("South Korea", 7, "korean", "서울, 부산"),
    _country("Thailand", 3, "thai", "กรุงเทพฯ, เชียงใหม่"),
    _country("India", 8, "hindi", "Mumbai, Kolkata, Chennai"),
    _country("Georgia", 2, "georgian", "თბილისი"),
)  # fmt: skip

#: Where releases of any scene are also sold.
ELSEWHERE: Final = ("Europe", "US", "UK", "Germany", "UK &amp; Europe", "Japan", "Worldwide", "France", "Unknown")
