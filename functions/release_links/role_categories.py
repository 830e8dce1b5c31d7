"""Roles by what they are: `Bass Guitar` is of the bass, `Lacquer Cut By` of mastering; what is not known is `other`.

The names are those of the list that Discogs asks its contributors to choose from. A role that is not in it as a whole
is known by the words that it ends or begins with: `Lead Electric Guitar` is a guitar, `Assistant Mixing Engineer` an
engineer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, get_args

Category = Literal[
    "vocals",
    "guitar",
    "bass",
    "keyboards",
    "drums",
    "percussion",
    "strings",
    "brass",
    "woodwind",
    "electronics",
    "other instruments",
    "performance",
    "conducting",
    "writing",
    "arrangement",
    "production",
    "remix",
    "engineering",
    "mastering",
    "design",
    "text",
    "film",
    "management",
    "other",
]

#: In the order of a page: who plays, who writes, who records, who makes the rest. The place of each is its bit in
#: `mask_of`, so that a new one comes last but one at most by raising the version of what stores masks.
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)

#: Those in which somebody plays or sings.
PERFORMANCE: Final = CATEGORIES[: CATEGORIES.index("conducting") + 1]

_PLACES: Final = {name: place for place, name in enumerate(CATEGORIES)}

#: Roles as a whole, and the words at the end of a role by which it is known, a comma between.
_NAMES: Final[dict[Category, str]] = {
    "vocals": """
        Vocals, Vocal, Voice, Voices, Choir, Chorus, Backing Vocals, Lead Vocals, Harmony Vocals, Solo Vocal,
        Rap, MC, Toasting, Beatbox, Human Beatbox, Vocoder, Vocalese, Scat, Whistling, Whistle Vocals, Yodeling,
        Throat Singing, Overtone Voice, Kakegoe, Eefing, Speech, Spoken Word, Narrator, Narration, Read By,
        Recited By, Recitation, Humming, Shouts, Scream, Screams, Alto, Alto Vocals, Baritone, Baritone Vocals,
        Bass Vocals, Basso, Bass-Baritone, Mezzo-soprano Vocals, Mezzo-Soprano, Soprano, Soprano Vocals, Tenor,
        Tenor Vocals, Contralto, Contralto Vocals, Countertenor, Countertenor Vocals, Treble Vocals, Coloratura,
        Singer, Sung By, Caller, Crooner, Talking, Dialogue, Storyteller, Voice Actor, Voiceover, Other Vocals,
        Mouth Percussion, Hype Man, Sprechstimme
    """,
    "guitar": """
        Guitar, Guitars, Lead Guitar, Rhythm Guitar, Acoustic Guitar, Electric Guitar, Classical Guitar, Slide
        Guitar, Steel Guitar, Pedal Steel Guitar, Lap Steel Guitar, Pedal Steel, Lap Steel, Dobro, Resonator
        Guitar, Guitar Synthesizer, Twelve-String Guitar, 12-String Guitar, Baritone Guitar, Tenor Guitar,
        Spanish Guitar, Flamenco Guitar, Portuguese Guitar, Semi-Acoustic Guitar, Guitarrón, Guitarron,
        Guitalele, Requinto Guitar, Slack-key Guitar, Warr Guitar, Touch Guitar, Harp Guitar, Selmer-Maccaferri
        Guitar, Soloist Guitar, Steel Strings
    """,
    "bass": """
        Bass, Bass Guitar, Electric Bass, Acoustic Bass, Double Bass, Upright Bass, Electric Upright Bass,
        Fretless Bass, Contrabass, String Bass, Bassline, Twelve-String Bass, Six-String Bass, 5-String Bass,
        6-String Bass, 8-String Bass, Piccolo Bass, Tololoche, Violone, Bass Player, Chapman Stick, Stick,
        Washtub Bass
    """,
    "keyboards": """
        Piano, Pianoforte, Fortepiano, Grand Piano, Upright Piano, Electric Piano, Acoustic Piano, Prepared
        Piano, Toy Piano, Player Piano, Tack Piano, Honky-tonk Piano, Concert Grand Piano, Baby Grand Piano,
        Thumb-Piano Keyboard, Keyboards, Keyboard, Organ, Hammond Organ, Electric Organ, Electronic Organ,
        Church Organ, Pipe Organ, Theatre Organ, Chamber Organ, Pump Organ, Reed Organ, Barrel Organ, Organ
        Bass, Harpsichord, Electric Harpsichord, Clavichord, Clavinet, Celesta, Virginal, Spinet, Rhodes, Fender
        Rhodes, Wurlitzer, Wurlitzer Piano, Mellotron, Chamberlin, Melodica, Accordion, Piano Accordion, Button
        Accordion, Concertina, Bandoneon, Harmonium, Shruti Box, Squeezebox, Melodeon, Bayan, Garmon, Trikitixa,
        Pianola, Claviola, Tangent Piano, Omnichord, Calliope, Regal, Claviorgan, Pianet, Farfisa, Vox Organ,
        Dulcitone, Ondioline, Orchestrion, Stylophone, Keytar
    """,
    "drums": """
        Drums, Drum, Drum Kit, Snare, Snare Drum, Bass Drum, Kick Drum, Cymbal, Cymbals, Hi-Hat, Hihat, Tom Tom,
        Toms, Electronic Drums, Brushes, Drum Machine, Drum Programming, Rhythm Box, Floor Tom, Side Drum,
        Drummer, Percussion Drums, Electronic Drum, Syndrum, Simmons Drums
    """,
    "percussion": """
        Percussion, Electronic Percussion, Congas, Conga, Bongos, Bongo, Timbales, Timpani, Kettle Drum,
        Tambourine, Tabla, Djembe, Cajón, Cajon, Claves, Maracas, Shaker, Shakers, Cowbell, Agogô, Agogo, Guiro,
        Güiro, Triangle, Vibraphone, Marimba, Xylophone, Glockenspiel, Bells, Bell, Tubular Bells, Chimes, Wind
        Chimes, Bar Chimes, Gong, Tam-tam, Crotales, Finger Cymbals, Castanets, Woodblock, Wood Block, Temple
        Block, Temple Bells, Handclaps, Clapping, Finger Snaps, Foot Stomps, Footsteps, Tap Dance, Washboard,
        Spoons, Bones, Steel Drums, Steelpan, Hang Drum, Handpan, Kalimba, Mbira, Thumb Piano, Balafon, Talking
        Drum, Darbuka, Doumbek, Bendir, Riq, Daf, Tombak, Zarb, Frame Drum, Bodhrán, Bodhran, Surdo, Pandeiro,
        Cuica, Cuíca, Berimbau, Caxixi, Cabasa, Ganzá, Ganza, Afoxé, Repinique, Tamborim, Taiko, Tsuzumi, Udu,
        Ghatam, Kanjira, Mridangam, Dhol, Dholak, Pakhawaj, Batá, Bata, Batá Drum, Log Drum, Slit Drum,
        Boomwhacker, Vibraslap, Ratchet, Rainstick, Sistrum, Sleigh Bells, Jingle Bell, Flexatone, Waterphone,
        Whip, Anvil, Singing Bowls, Gamelan, Bonang, Metallophone, Lithophone, Lamellophone, Idiophone,
        Amadinda, Ashiko, Bombo, Bombo Legüero, Caja, Tabor, Tambora, Tumba, Tumbadora, Batucada, Berimbao,
        Naqareh, Davul, Dhol Tasha, Djun-Djun, Dunun, Goblet Drum, Gudugudu, Karkabas, Krakebs, Qraqeb, Klong,
        Kundu, Madal, Nagara, Rebolo, Repique, Sabar, Scraper, Rattle, Tan-Tan, Tassa, Tar, Zabumba, Tinaja,
        Wood Drum, Tuned Percussion, Mallets, Mallet Percussion, Body Percussion, Drum Brushes, Beats
        Percussion, Quijada, Reco-reco, Cocktail Drums, Boobam, Cloud Chamber Bowls, Tuned Drum, Angklung,
        Chekeré, Shekere, Cabassa, Carillon, Hand Bell, Handbell, Cimbal, Typewriter, Jaw Harp Percussion,
        Tympani, Vibes, Marimbula, Marimbaphone
    """,
    "strings": """
        Strings, String, Violin, Viola, Cello, Violoncello, Fiddle, Harp, Electric Violin, Electric Cello,
        Baroque Violin, Viola da Gamba, Viola d'Amore, Viol, Bass Viol, Rebec, Lyre, Lute, Archlute, Theorbo,
        Vihuela, Cittern, Mandolin, Mandola, Mandocello, Octave Mandolin, Electric Mandolin, Banjo, Tenor Banjo,
        Banjolin, Banjolele, Ukulele, Bouzouki, Baglama, Balalaika, Domra, Oud, Saz, Sitar, Electric Sitar,
        Sarod, Tambura, Tanpura, Veena, Vina, Sarangi, Santoor, Esraj, Dilruba, Rebab, Rabab, Kemenche,
        Kamancha, Kora, Ngoni, Guimbri, Koto, Shamisen, Biwa, Sanshin, Pipa, Erhu, Guzheng, Guqin, Yangqin,
        Zither, Autoharp, Dulcimer, Hammered Dulcimer, Appalachian Dulcimer, Cimbalom, Psaltery, Bowed Psaltery,
        Kanun, Qanun, Kantele, Gusli, Bandura, Hurdy Gurdy, Nyckelharpa, Hardanger Fiddle, Charango, Cuatro,
        Tres, Cavaquinho, Viola Caipira, Bandurria, Laúd, Laud, Tiple, Timple, Requinto, Berda, Brac, Bisernica,
        Tamburitza, Crwth, Gayageum, Haegeum, Geomungo, Gittern, Langeleik, Dutar, Setar, Tanbur, Tambur, Yayli
        Tanbur, Cümbüş, Cumbus, Lavta, Lyra, Morin Khuur, Igil, Krar, Valiha, Gottuvadhyam, Swarmandel,
        Surbahar, Sarinda, Bowed Guitar, Stroh Violin, Trumpet Marine, Arpeggione, Baryton, String Quartet,
        Concert Harp, Celtic Harp, Aeolian Harp, Musical Bow, Bow, Bajo Sexto, Bajo Quinto, Zongora, Yueqin,
        Ruan, Đàn Bầu, Ektare, Dotara, Gopichand, Jarana, Huapanguera, Pardessus De Viole, Lirone, Mando-Banjo,
        Rabel, Epinette
    """,
    "brass": """
        Brass, Brass Band, Horn, Horns, Trumpet, Piccolo Trumpet, Slide Trumpet, Pocket Trumpet, Bass Trumpet,
        Baroque Trumpet, Natural Trumpet, Cornet, Cornett, Flugelhorn, Trombone, Alto Trombone, Bass Trombone,
        Tenor Trombone, Valve Trombone, Sackbut, French Horn, Natural Horn, Alto Horn, Tenor Horn, Baritone
        Horn, Euphonium, Tuba, Wagner Tuba, Sousaphone, Helicon, Saxhorn, Mellophone, Bugle, Alphorn, Serpent,
        Ophicleide, Conch, Shofar, Didgeridoo, Post Horn, Bass Horn, Bass Tuba, Contrabass Trombone, Brass Bass,
        Horn Section, Cimbasso, Zink, Lur, Jug
    """,
    "woodwind": """
        Woodwind, Wind, Winds, Reeds, Saxophone, Sax, Alto Saxophone, Baritone Saxophone, Soprano Saxophone,
        Tenor Saxophone, Bass Saxophone, C Melody Saxophone, Sopranino Saxophone, Electric Saxophone, Flute,
        Alto Flute, Bass Flute, Piccolo Flute, Piccolo, Bamboo Flute, Wooden Flute, Irish Flute, Concert Flute,
        Transverse Flute, Clarinet, Alto Clarinet, Bass Clarinet, Basset Clarinet, Basset Horn, Contrabass
        Clarinet, Contra-Alto Clarinet, Piccolo Clarinet, Eb Clarinet, Oboe, Oboe d'Amore, Oboe Da Caccia, Bass
        Oboe, Cor Anglais, English Horn, Bassoon, Contrabassoon, Heckelphone, Sarrusophone, Tarogato, Duduk,
        Zurna, Shawm, Crumhorn, Dulcian, Rackett, Chalumeau, Recorder, Tenor Recorder, Bass Recorder, Tin
        Whistle, Whistle, Low Whistle, Penny Whistle, Slide Whistle, Nose Whistle, Bird Whistle, Bagpipes,
        Uilleann Pipes, Northumbrian Pipes, Highland Pipes, Gaita, Musette, Bombarde, Launeddas, Pan Flute,
        Panpipes, Siku, Zampona, Quena, Kena, Quenacho, Pinkillu, Tarka, Antara, Ocarina, Shakuhachi, Hichiriki,
        Ryuteki, Nohkan, Shinobue, Fue, Sho, Dizi, Xiao, Hulusi, Suona, Sheng, Ney, Nay, Kaval, Bansuri,
        Shehnai, Nadaswaram, Fujara, Flageolet, Fife, Galoubet, Harmonica, Bass Harmonica, Chromatic Harmonica,
        Blues Harp, Mouth Organ, Mouth Harp, Kazoo, Comb, Lyricon, EWI, Electronic Wind Instrument, Panpipe,
        Pipe, Pipes, Algoza, Mizmar, Sipsi, Sorna, Piri, Daegeum, Khene, Drone, Reed, Gemshorn, Horagai, Csakan,
        Souna, Nose Flute, Saxello, Stritch, Manzello, Tabor Pipe, Smallpipes, Khlui, Blues Harmonica,
        Ballumbung, Arghul
    """,
    "electronics": """
        Synthesizer, Synthesizers, Synth, Synth Bass, Synthesizer Bass, Bass Synth, Analog Synthesizer, Moog,
        Minimoog, Modular Synthesizer, Synclavier, Vocoder Synth, Electronics, Electronic, Sampler, Samples,
        Sampled By, Programmed By, Programming, Sequencer, Sequenced By, Computer, Laptop, Theremin, Ondes
        Martenot, Trautonium, Tannerin, Loops, Tape, Tapes, Tape Loop, Effects, Electronic Effects, FX, Sound
        Effects, Drum Computer, Turntables, Turntable, Scratches, Scratching, Cut By DJ, DJ, Noises, Noise,
        Noise Maker, Sounds, Soundscape, Field Recording, Found Sounds, Feedback, Radio, Oscillator,
        Oscillators, MIDI Controller, Wind Synth, E-Bow, Tone Generator, Groovebox, Software Instrument, Mixing
        Desk, Circuit Bent, Contact Microphone, Talkbox, Talk Box, Beats, Loop Station, Chiptune, Game Boy,
        Treated By, Treatments, Instruments Electronic, Dubbed By, Live Electronics
    """,
    "other instruments": """
        Instruments, Instrument, Other Instruments, All Instruments, Multi-instrumentalist, Instrumentation By,
        Musical Box, Music Box, Musical Saw, Saw, Jew's Harp, Jaw Harp, Guimbarde, Glass Harmonica, Glass Harp,
        Musical Glasses, Wine Glasses, Toy, Toy Instruments, Homemade Instrument, Idiophones, Aerophone, Sound
        Sculpture, Cristal Baschet, Bullroarer, Rhythm, Rhythm Section, Lead, Solo, Tuning, Water, Stones,
        Bottle, Suikinkutsu, Instruments By, Lithosphone, Instrumental, Siren, Motor Horn, Wind Machine, Metal,
        Objects, Bicycle, Paper, Tools, Hose
    """,
    "performance": """
        Performer, Performed By, Performers, Featuring, Feat, Musician, Musicians, Soloist, Accompanied By,
        Accompaniment, Backing Band, Band, Group, Ensemble, Orchestra, Session Musician, Guest, Guest Musician,
        With, Special Guest, Presenter, Host, Hosted By, Played By, Improvisation, Improvised By, Cast,
        Comedian, Comedy, Dancer, Dance, Backing Musician, Other Performer, Sound, Big Band, Quartet, Trio,
        Quintet, Sextet, Septet, Octet, Duo, Members, String Orchestra, Philharmonic Orchestra, Symphony
        Orchestra, Chamber Orchestra, Wind Ensemble, Jazz Band, Consort, String Ensemble, Interpreted By,
        Presented By, Actor, Line-up
    """,
    "conducting": """
        Conductor, Conducted By, Bandleader, Band Leader, Leader, Directed By, Director, Music Director, Musical
        Director, Musical Director Assistant, Orchestra Director, Chorus Master, Choirmaster, Choir Master,
        Concertmaster, Concert Master, Concertmistress, Répétiteur, Cantor, Chorus Director, Choir Director,
        Contractor, Orchestra Leader, Orchestra Contractor, Musical Assistance, Musical Direction, Section
        Leader, Strings Conductor, Artistic Director, Repetiteur, Guest Conductor, Assistant Conductor,
        Principal, Co-conductor, String Contractor
    """,
    "writing": """
        Written-By, Written By, Writer, Songwriter, Co-written By, Composed By, Composer, Co-Composer, Music By,
        Lyrics By, Lyrics, Lyricist, Words By, Words, Text, Text By, Libretto By, Libretto, Author, Poem, Poems
        By, Poetry, Story By, Book By, Screenplay By, Script By, Playwright, Dramatized By, Dialogue By,
        Co-writer, Songs By, Song By, Music, Melody By, Theme By, Concept By, Copyright, Original Music By, Idea
        By, Tune By, Lyrics Adapted By, Sampled Written-By, Verse By, Underscore By, Score By, Scored By,
        Original Score By
    """,
    "arrangement": """
        Arranged By, Arranger, Arrangement, Arrangements, Orchestrated By, Orchestration, Orchestrations,
        Orchestrator, Adapted By, Adaptation, Transcription By, Transcribed By, Instrumentation, Score, Score
        Editor, Copyist, Music Copyist, Music Librarian, Notated By, Realized By, Realization, Reconstructed By,
        Reduced By, Strings Arranged By, Horns Arranged By, Vocals Arranged By, Rhythm Arranged By, Brass
        Arranged By, Choir Arranged By, Completed By, Music Preparation, Music Consultant, Harmonized By
    """,
    "production": """
        Producer, Produced By, Co-producer, Executive Producer, Executive-Producer, Associate Producer,
        Assistant Producer, Additional Producer, Post Production, Post-Production, Production, Recording
        Producer, Reissue Producer, Compilation Producer, Vocal Producer, Line Producer, Music Producer,
        Production Manager, Production Assistant, Production Coordinator, Production Supervisor, Recording
        Supervisor, Supervised By, Music Supervisor, Supervisor, Compiled By, Compilation, Curated By, Curator,
        Selected By, Reissue Supervisor, Hip Hop Producer, Radio Producer, Session Producer, Beats By,
        Producer's Assistant, Directed Production, Album Producer, Creative Producer, Co-production,
        Pre-production, Overdubbed Production, Edited Production, Tracks Selected By, Project Supervisor
    """,
    "remix": """
        Remix, Remixed By, Remixer, Remix By, DJ Mix, Megamix, Re-mix, Additional Remix, Mash-up, Rework,
        Reworked By, Re-edited By, Re-Edit, Reconstruction, Dub Mix, Dub By, Remake, Version By, Refix
    """,
    "engineering": """
        Engineer, Engineered By, Engineers, Assistant Engineer, Recording Engineer, Mixing Engineer, Sound
        Engineer, Technical Engineer, Live Engineer, Balance Engineer, Balance, Overdub Engineer, Remix
        Engineer, Tracking Engineer, Digital Engineer, Editing Engineer, Transfer Engineer, Restoration
        Engineer, Broadcast Engineer, Second Engineer, Tape Engineer, Monitor Engineer, Pro Tools Engineer,
        Vocal Engineer, Recorded By, Recording, Recordist, Re-Recorded By, Mixed By, Mixed, Mixing, Mix, Remixed
        Engineer, Edited By, Editor, Editing, Audio Editor, Digital Editing, Digital Editor, Overdubbed By,
        Overdubs By, Sound Designer, Sound Design, Sound Director, Sound Supervisor, Sound Recordist, Sound
        Mixer, Tonmeister, Toningenieur, Tonmeister Assistant, Tape Op, Tape Operator, Technician, Studio
        Technician, Piano Technician, Guitar Technician, Drum Technician, Keyboard Technician, Technician
        Assistant, Tech, Technical Producer, Instrument Technician, Programmed Engineer, Restoration, Restored
        By, Audio Restoration, Noise Reduction, Live Sound, Front Of House, Field Recordist, Studio Assistant,
        Acoustics, Location Recording, Tracked By, Lighting, Lighting Director, Crew, Roadie, Tuner, Instrument
        Builder, Instrument Maker, Luthier, Tuned By, Harpsichord Tuner, Piano Tuner, Audio Engineer, Assistant,
        Audio Producer, Surround Mix, Surround Mixer, Mixdown, Editorial, Multimedia, Authoring, DVD Authoring,
        Software, Developer, Programmer, Equipment, Recorded, Dolby Consultant, Digital Transfer, Stage Manager,
        Live Mix, Sequenced
    """,
    "mastering": """
        Mastered By, Remastered By, Mastering, Remastering, Remastered, Mastering Engineer, Remastering
        Engineer, Mastering Assistant, Mastering Supervisor, Mastering Consultant, Premastered By, Pre-mastered
        By, Glass Mastered By, Lacquer Cut By, Cut By, Lacquer, Master Cut By, Disc Cutting, Cutting Engineer,
        Transferred By, Transfer, Transferred, Plated By, DMM Mastered, Vinyl Mastered By, Digital Remastering,
        Digitally Remastered By, Remaster, Tape Transfer, Tape Mastering, Digital Mastering, Direct Metal
        Mastering, Remastered Engineer, Mastered
    """,
    "design": """
        Artwork, Artwork By, Art, Art By, Art Direction, Art Director, Design, Designer, Design Concept, Graphic
        Design, Graphics, Graphic Designer, Cover, Cover Design, Cover Art, Cover Photo, Sleeve, Sleeve Design,
        Sleeve Art, Package Design, Packaging, Layout, Typography, Lettering, Logo, Logo Design, Illustration,
        Illustrator, Illustrations, Painting, Painter, Drawing, Drawings, Calligraphy, Collage, Cartoon, Comic,
        Comics, Engraving, Woodcut, Etching, Sculpture, Photography, Photography By, Photographer, Photo,
        Photos, Photos By, Photo Editor, Photomontage, Image Editor, Images, Retouching, Digital Imaging,
        Computer Graphics, 3D Art, Visuals, Model, Hair, Make-Up, Makeup, Stylist, Styling, Costume Designer,
        Costume, Wardrobe, Set Designer, Poster, Booklet, Booklet Editor, Label Design, Creative Director,
        Creative Direction, Concept, Realisation, Web Design, Website, Fashion, Art Manager, Printer, Printed
        By, Print, Screen Print, Design Manager, Tattoo, Insert Design, Inlay Design, Artistic Concept,
        Lithography, Photogravure, Visual Director, Stage Design, Prop Maker, Portrait, Font, Lay-Out
    """,
    "text": """
        Liner Notes, Sleeve Notes, Notes, Booklet Notes, Annotations, Commentator, Commentary, Essay, Foreword,
        Introduction, Preface, Translated By, Translation, Translator, Research, Researched By, Archivist,
        Archive, Interviewer, Interviewee, Interview, Interview By, Journalist, Proofreader, Proofreading, Copy
        Editor, Text Editor, Discographer, Discography, Biography, Biography By, Editor-in-chief, Historian,
        Documentation, Musicologist, Consultant, Advisor, Sleeve Writer, Edited Text, Legal Notes, Teacher,
        Program Notes, Track Notes, Bibliography
    """,
    "film": """
        Film Director, Film Producer, Film Editor, Film Technician, Video Director, Video Producer, Video
        Editor, Video, Video By, Camera, Camera Operator, Cameraman, Cinematographer, Cinematography, Director
        Of Photography, Animation, Animator, Choreography, Choreographer, Choreographed By, Theatre Director,
        Stage Director, Screenwriter, Movie Director, TV Director, Filmed By, Executive Film Producer, Video
        Engineer, Video Recording, VJ, Casting, Gaffer, Grip, Continuity, Location Manager, Film, Video
        Assistant, Video Technician
    """,
    "management": """
        Management, Manager, Management Assistant, Band Manager, Artist Manager, Product Manager, Project
        Manager, Label Manager, Studio Manager, Tour Manager, Business Manager, Road Manager, Administrator,
        Administration, A&R, A & R, A&R Coordinator, A&R Manager, A&R Assistant, Booking, Booking Agent, Agent,
        Legal, Legal Representative, Lawyer, Attorney, Business Affairs, Licensing, Licensed By, Marketing,
        Marketing Manager, Promotion, Promoter, Promoted By, Press, Publicist, Publicity, Public Relations,
        Sales, Distribution, Distributed By, Publisher, Published By, Publishing, Coordinator, Coordinated By,
        Coordination, Project Coordinator, Copyright Coordinator, Copyist Manager, Produced For, Owner, Founder,
        Contract By, Commissioned By, Commissioner, Sponsor, Accountant, Finance, International Coordinator,
        Security, Organizer, Organised By, Representative, Executive, Clearance, Sample Clearance, Music
        Clearance, Release Coordinator, Creative Manager, Quality Control, Transport, Artist Relations, Producer
        Manager, Catering, Supplier, Assistant Manager, Personnel, Personnel Manager, Librarian
    """,
    "other": """
        Other, Thanks, Dedicated To, Dedicatee, Created By, Creator, Contributor, Inspired By, Inspiration, Crew
        Member, Participant, Sampled Artist, Unknown, Credit, Additional, Various, Inspired
    """,
}  # fmt: skip

#: Where no word at the end decides: words that say it wherever they stand.
_WORDS: Final[dict[Category, str]] = {
    "mastering": "remastered remastering mastered mastering lacquer remaster",
    "remix": "remix remixed remixer",
    "engineering": "engineer engineered engineering recorded recording mixed mixing technician technical mix edited",
    "production": "producer produced production co-producer compiled",
    "arrangement": "arranged arranger arrangement arrangements orchestrated orchestration transcription adapted",
    "writing": "written lyrics composed composer songwriter words libretto music",
    "design": "artwork design designer photography photographer photo photos illustration layout cover sleeve art",
    "film": "film video camera",
    "text": "notes translated translation research",
    "management": "manager management coordinator a&r marketing",
    "vocals": "vocals vocal voice voices choir chorus rap",
    "guitar": "guitar guitars",
    "electronics": "synthesizer synth programmed programming electronics sampler samples",
    "keyboards": "piano organ keyboards keyboard accordion",
    "drums": "drums drum",
    "percussion": "percussion bells bell gong",
    "bass": "bass",
    "strings": "strings violin viola cello fiddle harp lute",
    "brass": "trumpet horn horns trombone tuba brass",
    "woodwind": "saxophone flute clarinet oboe recorder whistle pipes",
    "conducting": "conductor conducted leader",
}

_BETWEEN: Final = re.compile(r"[\s/]+")


def category_of(role: str) -> Category:
    """The category of one role, its notes in brackets left out; `other` where nothing in it is known."""
    return _category(" ".join(role.split()).casefold())


def categories_of(roles: Iterable[str]) -> list[Category]:
    """The categories of roles, each once and in the order of `CATEGORIES`; none of no roles."""
    return sorted({category_of(role) for role in roles}, key=_PLACES.__getitem__)


def mask_of(roles: Iterable[str]) -> int:
    """The categories of roles as one number, a bit for each."""
    mask = 0
    for role in roles:
        mask |= 1 << _PLACES[category_of(role)]
    return mask


def bit_of(category: Category) -> int:
    """The bit of a category in a mask."""
    return 1 << _PLACES[category]


def categories_in(mask: int) -> list[Category]:
    """The categories of a mask."""
    return [name for place, name in enumerate(CATEGORIES) if mask >> place & 1]


@lru_cache(50_000)
def _category(role: str) -> Category:
    if role in _KNOWN:
        return _KNOWN[role]
    words = _BETWEEN.split(role)
    for first in range(1, len(words)):
        if (ending := " ".join(words[first:])) in _KNOWN:
            return _KNOWN[ending]
    return next((_KNOWN_WORDS[word] for word in reversed(words) if word in _KNOWN_WORDS), "other")


def _listed() -> Iterator[tuple[str, Category]]:
    for category, text in _NAMES.items():
        for name in text.split(","):
            yield " ".join(name.split()).casefold(), category


#: Roles as they are written, by how they are compared.
KNOWN_ROLES: Final[dict[str, str]] = {
    " ".join(name.split()).casefold(): " ".join(name.split()) for text in _NAMES.values() for name in text.split(",")
}
_KNOWN: Final[dict[str, Category]] = dict(reversed([*_listed()]))
_KNOWN_WORDS: Final[dict[str, Category]] = {word: name for name, text in _WORDS.items() for word in text.split()}
