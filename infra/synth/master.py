"""A master as XML: the work that its releases are versions of."""

from __future__ import annotations

from typing import Final

from infra.synth.words import QUALITIES
from infra.synth.work import work_of_master
from infra.synth.world import World, main_release_of

_SALT: Final = 32
_NOTES: Final = "<notes>The first version is the one of {year}.\n\nAll others were cut from the same tape.</notes>"


def master_xml(world: World, index: int) -> str:
    """The `<master>` element of a master by index. Year 0 (unknown) at the rate of the real dump."""
    dice = world.dice(_SALT, index)
    work = work_of_master(world, index)
    year = 0 if dice.hit(0.066) else work.year
    notes = _NOTES.format(year=work.year) if dice.hit(0.09) else ""
    return (
        f'<master id="{world.id("masters", index)}">'
        f"<main_release>{world.id('releases', main_release_of(index))}</main_release>{work.artists}{work.genres}"
        f"{work.styles}<year>{year}</year><title>{work.title}</title>{notes}"
        f"<data_quality>{dice.pick(QUALITIES)}</data_quality>{work.videos}</master>"
    )
