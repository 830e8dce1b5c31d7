"""Messages come twice, too early, too late and out of order, to two workers of each function."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES
from functions.runtime.messages import Download, Finish, LoadGraph, LoadTable, Message, ParseChunk, Split
from functions.runtime.messaging.sender import open_sender
from infra.stack.stack_client import scale
from tests.faults.loading import ROUNDS, assert_done_and_equal, begin
from tests.product import Product


@pytest.fixture
def two_of_each(product: Product) -> Iterator[Product]:
    """The product with two workers of each function, as long as a test lasts."""
    for name in FUNCTIONS.names:
        scale(product.home, name, 2)
    yield product
    for name in FUNCTIONS.names:
        scale(product.home, name, None)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_messages_sent_often_and_in_any_order_change_nothing(two_of_each: Product, dump: Path, seed: int) -> None:
    product, dice = two_of_each, random.Random(seed)
    begin(product, dump)
    [(run,)] = product.query("SELECT max(id) FROM runs")
    with open_sender(product.settings) as sender:
        while product.query("SELECT state FROM runs") != [("done",)]:
            messages = every_message(product, run) * 2
            for message in dice.sample(messages, min(len(messages), 60)):
                sender.send(message)
            time.sleep(0.3)
    assert_done_and_equal(product, dump)
    assert product.query("SELECT count(*) FROM parts WHERE state <> 'done'") == [(0,)]


def every_message(product: Product, run: int) -> list[Message]:
    """All messages that this run may ever have, as far as its parts are known."""
    messages: list[Message] = [Finish(run=run)]
    messages += [kind(run=run, entity=entity) for entity in ENTITIES for kind in (Download, Split)]
    for entity, part in product.query("SELECT entity, part FROM parts"):
        messages += [kind(run=run, entity=entity, part=part) for kind in (ParseChunk, LoadTable, LoadGraph)]
    return messages
