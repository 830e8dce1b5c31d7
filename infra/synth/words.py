"""Words of the generated records that are no names: roles, formats, sentences. All of it is XML text already."""

from __future__ import annotations

from typing import Final

#: Roles as they stand in `role`, common ones first: they are picked with a skew to the front.
ROLES: Final = (
    "Written-By", "Producer", "Mastered By", "Vocals", "Guitar", "Mixed By", "Engineer", "Bass", "Drums", "Artwork",
    "Design", "Photography By", "Recorded By", "Lyrics By", "Music By", "Written-By, Producer", "Keyboards", "Remix",
    "Lacquer Cut By", "Percussion", "Executive-Producer", "Arranged By", "Saxophone", "Piano", "Backing Vocals",
    "Liner Notes", "Trumpet", "Synthesizer", "Violin", "Producer, Mixed By", "Composed By", "Cello", "Conductor",
    "Engineer [Assistant]", "Guitar, Vocals", "Featuring", "Co-producer", "Art Direction", "Programmed By", "Flute",
    "Trombone", "Layout", "Vocals, Guitar", "Organ", "DJ Mix", "Harmonica", "Scratches", "Edited By", "Tabla",
    "Sitar", "Accordion", "Soprano Vocals", "Coordinator [Production]", "Management", "Technician [Studio]",
    "Electric Guitar, Acoustic Guitar", "Tenor Saxophone", "Translated By", "Mandolin", "Banjo", "Orchestra",
    "Drum Programming", "Tape", "Electronics", "Field Recording", "Violin [First]", "Painting [Cover]",
    "Supervised By", "Reissue Producer", "A&amp;R",
)  # fmt: skip

#: What is behind commas and brackets in roles, as in `Producer [Additional, Vocal], Mixed By`.
ROLE_FORMS: Final = (
    "Producer [Additional, Vocal], Mixed By", "Engineer [Recording, Overdubs], Mixed By [Tracks: 1, 4]",
    "Written-By [All Tracks By]", "Guitar [Lead], Vocals [Backing, Lead], Tambourine", "Other [Hair, Make-Up]",
    "Performer [Uncredited],Programmed By", "Mixed By [Additional", "Mastered By], Edited By", ", Bass, , Drums ,",
    "[Unknown Role]", "Producer, Producer [Vocal], Producer", " Vocals , Guitar ", "Voice [“Hello, World”]",
    "Bass [5-string, fretless] , Drums [Kit #2]",
)  # fmt: skip

TRACKS_FORMS: Final = (
    "1 to 8, 11", "A1, B2", "1-1 to 1-7, 2-3", "A1 to A4", "2, 5 &amp; 9", "all except 3", "A", "Side B", "1,3,5",
    "B1 to C3, D2", "CD1: 4 to 6",
)  # fmt: skip

#: Format, quantity range, descriptions of the size, and what tracks are called there.
FORMATS: Final = (
    ("Vinyl", ('12"', "33 ⅓ RPM"), "side"), ("Vinyl", ("LP", "Album"), "side"), ("CD", ("Album",), "number"),
    ("CD", ("Album",), "number"), ("Vinyl", ('7"', "45 RPM", "Single"), "side"), ("CD", ("Maxi-Single",), "number"),
    ("Cassette", ("Album",), "side"), ("File", ("MP3", "Album"), "number"), ("Vinyl", ('12"', "45 RPM"), "side"),
    ("CD", ("Compilation",), "number"), ("Vinyl", ("LP",), "side"), ("CDr", ("Album",), "number"),
    ("Shellac", ('10"', "78 RPM"), "side"), ("DVD", ("DVD-Video", "PAL"), "number"),
    ("8-Track Cartridge", ("Album",), "side"), ("Box Set", ("Compilation",), "disc"),
    ("Reel-To-Reel", ("7 ½ ips", "¼\""), "side"), ("Flexi-disc", ('7"', "Single"), "side"),
)  # fmt: skip

FORMAT_EXTRAS: Final = (
    "Reissue", "Stereo", "Mono", "Limited Edition", "Promo", "Remastered", "EP", "Numbered", "Gatefold",
    "White Label", "Repress", "Test Pressing", "Unofficial Release", "Deluxe Edition", "Enhanced", "320 kbps",
    "Club Edition",
)  # fmt: skip

FORMAT_TEXTS: Final = (
    "Gatefold", "180 gram", "Red Translucent", "Digipak", "Jewel Case", "Super Jewel Box", "Blue marbled",
    "1st press", "Dolby B, Chrome", "Slipcase", "Picture Sleeve", "O-Card &amp; booklet",
)  # fmt: skip

QUALITIES: Final = (
    *("Needs Vote",) * 12, *("Correct",) * 6, "Complete and Correct", "Needs Major Changes", "Needs Minor Changes",
)  # fmt: skip

#: Entity types of companies with the kind of label that does it: 0 is a firm, 1 a studio.
COMPANY_TYPES: Final = (
    (4, "Record Company", 0), (9, "Distributed By", 0), (10, "Manufactured By", 0),
    (13, "Phonographic Copyright (p)", 0), (14, "Copyright (c)", 0), (17, "Pressed By", 0), (21, "Published By", 0),
    (21, "Published By", 0), (19, "Printed By", 0), (7, "Licensed From", 0), (23, "Recorded At", 1),
    (27, "Mixed At", 1), (29, "Mastered At", 1), (30, "Lacquer Cut At", 1), (28, "Remastered At", 1),
    (20, "Made By", 0), (16, "Marketed By", 0), (33, "Glass Mastered At", 1),
)  # fmt: skip

IDENTIFIERS: Final = (
    "Barcode", "Matrix / Runout", "Matrix / Runout", "Rights Society", "Label Code", "Mastering SID Code",
    "Mould SID Code", "Other", "Price Code", "SPARS Code", "ISRC", "Depósito Legal", "ASIN", "Distribution Code",
)  # fmt: skip

IDENTIFIER_NOTES: Final = (
    "", "", "", "Text", "Scanned", "Side A runout, stamped", "Side B runout, etched", "Variant 1", "Variant 2",
    "A-side label", "Side A, &quot;TM&quot; etched", "Printed, with spaces", "Mirrored",
)  # fmt: skip

SOCIETIES: Final = ("GEMA", "BIEM/GEMA", "JASRAC", "SACEM", "SIAE", "BMI", "ASCAP", "STEMRA", "MCPS", "NCB", "ZAiKS")

JOINS: Final = ("&amp;", "&amp;", ",", "And", "Feat.", "Vs.", "With", "/", "Presents", "Meets", "+", "και", "und", "と")

#: Parts of track titles in brackets.
VERSIONS: Final = (
    "(Original Mix)", "(Extended Version)", "(Instrumental)", "(Dub)", "(Live)", "(Radio Edit)", "(Reprise)",
    "(Demo)", "(Part 1)", "(Part 2)", "(Acoustic)", "(Remix)", "(Club Mix)", "(Alternate Take)", "- Intro", "- Outro",
)  # fmt: skip

HEADINGS: Final = ("Side One", "Disc 2: Live", "Bonus Tracks", "Act I", "Early Recordings", "第二部", "Часть первая")

LABEL_WORDS: Final = (
    "Records", "Recordings", "Music", "Productions", "Discos", "Tapes", "Schallplatten", "Disques", "Editions",
    "Sound", "Entertainment", "Audio", "Label", "Musik", "Sounds", "Works", "Communications", "Limited", "Black",
    "Classics",
)  # fmt: skip

FIRM_WORDS: Final = (
    "Publishing", "Pressing", "Distribution", "GmbH", "Ltd.", "Inc.", "Music Publ.", "Printing Co.", "S.A.",
    "Manufacturing",
)  # fmt: skip
STUDIO_WORDS: Final = (
    "Studios", "Sound Studio", "Mastering", "Recording Studio", "Tonstudio", "Cutting Room", "Studio B", "Sound Lab",
)  # fmt: skip

#: Sentences of release notes. The fields are filled from the release.
NOTE_LINES: Final = (
    "Recorded at {city} in {year}.", "Title on labels: - {title} -", "Printed in {country}.", "Made in {country}.",
    "Comes with an insert and a poster.", "℗ &amp; © {year} {label}.",
    "Track durations are not given on the release.",
    "Release date taken from the press sheet; some copies were sold a week earlier.",
    "The first pressing has a misprint on the spine, corrected on the repress.",
    "Catalogue number appears on the labels only, in brackets.",
    "Limited to 300 hand-numbered copies.\n\nThe first hundred came with a badge and a postcard.",
    "All tracks published by {label} Music.", "[Labels:]\nMarketed by {label}, {city}",
    "Also issued on cassette with two more tracks.", "Sampled and cut from tapes kept in {city} since {year}.",
    ("Sleeve notes are in two languages; the second page names the musicians, who were left out on "
     "later pressings."), "Some copies carry a hype sticker on the shrink wrap.", "Runout etchings differ by side.",
    "Recorded live on two nights, with a small audience and a broken organ.",
    "The credits follow the inner sleeve. On the labels the producer has another name.",
    "For the version without the intro see [r={release}].", "See [m={master}] for other versions.",
    "Thanks to [a={artist}] and everyone at [l={label}].",
)  # fmt: skip

VIDEO_LINES: Final = (
    ("Provided to YouTube by {label}\n\n{track} · {artist}\n\n{title}\n\n℗ {year} {label}\n\nReleased "
     "on: {year}-01-01\n\nAuto-generated by YouTube."),
    ("{artist} - {track}\nFrom the album {title} ({year})\nLabel: {label}\n\nNo copyright infringement "
     "intended. All rights belong to the people who made this wonderful music, please buy the rec"),
    ("{title}, {year}, {label}. Taken from my own copy, recorded with a cleaned needle and no filters; "
     "a little crackle at the start."), "http://www.discogs.com/release/{release}\n\n{artist} - {track}",
    "{artist} ‎– {title}&#13;\nLabel: {label}&#13;\nReleased: {year}&#13;\nTrack: {track}", "{track}", ".",
    ("Written and played by {artist}. Follow the label: https://example.org/{release} Subscribe for "
     "more music from {city}, every week a record that nobody asked for."),
)  # fmt: skip

PROFILE_LINES: Final = (
    "{genre} musician from {city}, born {year}.", "Active since {year}, first with [a={other}] and later alone.",
    "Founder of [l={label}], on which most of the early records came out.",
    "{genre} project formed in {city} in {year}.", "Not to be confused with [a{other_id}].",
    "Brother of [a={other}], with whom the first singles were recorded.",
    ("Played in clubs of {city} until the middle of the decade, then moved into production and sound "
     "for the stage."), "Known for long sets and short titles. See also [l{label_id}] and [r{release}].",
    "Winner of a prize that no longer exists.&#13;\n&#13;\nFor the studio work see [m{master}].",
    "More at [url=https://example.org/{other_id}]the official page[/url].",
    "Do not use for the {city} act of the same name!",
)  # fmt: skip

LABEL_LINES: Final = (
    "{genre} label from {city}, founded {year} by [a={other}].",
    "Defunct since {year}; the catalogue is with [l={label}].",
    "Small press for the {city} scene, mostly 300 copies an edition.&#13;\n&#13;\nDistribution: [l{label_id}].",
    "For releases before {year} use [l={label}].", "Run by [a{other_id}].",
)  # fmt: skip

SITES: Final = (
    "https://{slug}.bandcamp.com", "https://soundcloud.com/{slug}", "https://www.facebook.com/{slug}",
    "https://{slug}.example.org/?a=1&amp;b=2", "https://www.youtube.com/user/{slug}", "https://twitter.com/{slug}",
    "https://myspace.com/{slug}", "https://en.wikipedia.org/wiki/{slug}", "https://www.instagram.com/{slug}",
)  # fmt: skip
