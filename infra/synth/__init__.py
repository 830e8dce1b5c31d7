"""Generated dumps in today's form: `write_dump` makes a month, `mutate_dump` the next one."""

from infra.synth.files import EntityFacts, Summary, is_synthetic
from infra.synth.generate import write_dump
from infra.synth.mutate import mutate_dump

__all__ = ["EntityFacts", "Summary", "is_synthetic", "mutate_dump", "write_dump"]
