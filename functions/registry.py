"""The function table: everything there is to say of each function, in the order of the work.

What lists functions is derived from it: queues, worker counts, what comes next, the command line's help and metrics.
Adding a function touches its own folder, its message in `runtime/messages.py`, this table, the layers in
`pyproject.toml`, and a migration where it has tables.
"""

from __future__ import annotations

from typing import Final

from functions.runtime.entities import ENTITIES
from functions.runtime.function_table import DerivationSpec, DerivedTable, FunctionSpec, FunctionTable, Scaling, Variant
from functions.runtime.messages import (
    Assemble,
    Derive,
    Download,
    Embed,
    Finish,
    LoadGraph,
    LoadTable,
    ParseChunk,
    Split,
)

FUNCTIONS: Final = FunctionTable(
    [
        FunctionSpec(
            message=Download,
            module="functions.extract.download.download",
            after=None,
            icon="⇣",
            time_limit_s=86_400,
            stop="at-once",
        ),
        FunctionSpec(
            message=Split,
            module="functions.extract.split.split",
            after="download",
            icon="✂",
            time_limit_s=7 * 86_400,
            stop="at-once",
        ),
        FunctionSpec(
            message=ParseChunk,
            module="functions.extract.parse.parse_chunk",
            after="split",
            takes="cut",
            icon="⚙",
            scaling=Scaling(per_core=0.5),
        ),
        FunctionSpec(
            message=LoadTable,
            module="functions.load_table.load_table",
            after="parse-chunk",
            takes="parsed",
            icon="▤",
            scaling=Scaling(most=2, per_core=0.5, core_share=0.5),  # with one, a core waits while PostgreSQL writes
        ),
        FunctionSpec(
            message=LoadGraph,
            module="functions.load_graph.load_graph",
            after="load-table",
            takes="loaded",
            icon="◉",
            uses_graph=True,
            # Parts are written one after the other: two writers of the embedded server get in each other's way (1,583
            # against 905 releases/s measured). Of two workers one reads and projects the next part meanwhile.
            scaling=Scaling(most=2, core_share=0.5),
        ),
        FunctionSpec(
            message=Finish,
            module="functions.finish.finish",
            after="load-graph",
            icon="✓",
            time_limit_s=86_400,
            stop="after-step",
            uses_graph=True,
        ),
        FunctionSpec(
            message=Derive,
            module="functions.derivations.derive",
            after="finish",
            icon="∴",
            hooks="functions.derivations.derive:HOOKS",
            scaling=Scaling(most=2, per_core=0.5, core_share=0.5),  # 60,000 releases: 14 s instead of 18, on two cores
        ),
        FunctionSpec(
            message=Assemble,
            module="functions.derivations.assemble",
            after="derive",
            icon="≡",
            time_limit_s=86_400,
            stop="after-step",
            hooks="functions.derivations.assemble:HOOKS",
        ),
        FunctionSpec(
            message=Embed,
            module="functions.embed.embed",
            after="assemble",
            icon="≈",
            time_limit_s=86_400,
            stop="after-step",
            hooks="functions.derivations.assemble:HOOKS",
        ),
    ],
    [
        DerivationSpec(
            name="release-facts",
            code="functions.facts.release_facts:rows_of",
            version=2,
            entities=("releases",),
            fields=("artists", "country", "extraartists", "formats", "genres", "labels", "master_id", "styles"),
            tables=(
                DerivedTable(
                    "release_facts",
                    "id",
                    (
                        "id",
                        "year",
                        "country",
                        "master",
                        "formats",
                        "labels",
                        "genres",
                        "styles",
                        "artists",
                        "credited",
                    ),
                ),
            ),
            bytes_per_record=360,
            assemble="functions.facts.degrees:assemble",
            assembled=("degree_moves", "degrees"),
            noted="functions.facts.degrees:note",
        ),
        DerivationSpec(
            name="profiles",
            version=1,
            entities=ENTITIES,
            bytes_per_record=9,
            after=("release-facts",),
            assemble="functions.profiles.assemble:assemble",
            assembled=("profiles", "month_counts"),
        ),
        DerivationSpec(
            name="search",
            code="functions.search_entries.entry:rows_of",
            version=4,
            entities=ENTITIES,
            fields=(
                "aliases",
                "artists",
                "country",
                "extraartists",
                "formats",
                "genres",
                "groups",
                "labels",
                "master_id",
                "members",
                "name",
                "namevariations",
                "parentLabel",
                "realname",
                "styles",
                "sublabels",
                "title",
            ),
            tables=(
                DerivedTable(
                    "search_staged",
                    "id",
                    ("entity", "id", "name", "by_line", "plain", "words", "facets", "links", "master", "year"),
                    by_entity=True,
                    staged=True,
                ),
            ),
            bytes_per_record=480,
            after=("release-facts",),
            assemble="functions.search_entries.assemble:assemble",
            assembled=(
                *(f"search_entries_{tier}" for tier in range(4)),
                "search_sample",
                "search_words",
                "search_deletes",
            ),
            noted="functions.search_entries.assemble:note",
            follows=("search_tracks",),
            setting="search_tracks",
            variants={
                "main": Variant(
                    code="functions.search_entries.entry:rows_with_main_tracks", fields=("is_main_release", "tracklist")
                ),
                "all": Variant(code="functions.search_entries.entry:rows_with_tracks", fields=("tracklist",)),
            },
        ),
        DerivationSpec(
            name="identifiers",
            code="functions.identifiers.release_identifiers:rows_of",
            version=1,
            entities=("releases",),
            fields=("identifiers", "labels"),
            tables=(DerivedTable("identifiers", "release", ("release", "key"), last=(("key", "release"),)),),
            bytes_per_record=340,
        ),
        DerivationSpec(
            name="release-links",
            code="functions.release_links.release_links:rows_of",
            version=2,
            entities=("releases",),
            fields=("artists", "companies", "extraartists", "labels", "master_id", "tracklist"),
            tables=(
                DerivedTable(
                    "release_links",
                    "release",
                    ("id", "release", "master", "kind", "year", "categories", "roles"),
                    last=(("id", "kind", "year", "release"),),
                ),
            ),
            bytes_per_record=1_300,
            assemble="functions.release_links.hubs:assemble",
            assembled=("release_link_years", "release_link_roles"),
            noted="functions.release_links.hubs:note",
        ),
        DerivationSpec(
            name="vectors",
            code="functions.embed.text:rows_of",
            version=1,
            entities=ENTITIES,
            fields=(
                "aliases",
                "artists",
                "contactinfo",
                "country",
                "genres",
                "groups",
                "labels",
                "master_id",
                "members",
                "name",
                "namevariations",
                "notes",
                "parentLabel",
                "profile",
                "realname",
                "styles",
                "sublabels",
                "title",
            ),
            tables=(DerivedTable("vector_texts", "id", ("entity", "id", "key", "text"), by_entity=True, staged=True),),
            bytes_per_record=700,
            after=("release-facts", "search", "identifiers", "release-links"),
            assemble="functions.embed.assemble:assemble",
            assembled=(*(f"vectors_{entity}" for entity in ENTITIES), "vector_state"),
            noted="functions.embed.assemble:note",
            assembly=Embed,
            follows=("embed_engine", "embed_releases"),
            only_where=(("releases", "embed_releases"),),
        ),
    ],
)
