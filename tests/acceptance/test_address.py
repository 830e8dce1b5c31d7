"""Where `up` says the product is: its address signs a browser in, once and within a quarter of an hour."""

from __future__ import annotations

import contextlib
import re

import httpx


def test_the_address_that_up_prints_signs_a_browser_in_once(product):
    found = re.search(r"http://127\.0\.0\.1:\d+/enter\?token=\S+", product.said)
    assert found
    with httpx.Client(timeout=60) as browser:  # it answers at once: else nothing was up
        assert browser.get(found[0]).status_code == 303
        home = found[0].partition("enter?")[0]
        who = browser.get(f"{home}api/access").json()
        assert (who["right"], who["who"].partition(":")[0]) == ("admin", "session")
        assert browser.post(f"{home}leave", headers={"Origin": home.rstrip("/")}).status_code == 303
        assert browser.get(f"{home}api/access").json()["who"] == "loopback"
        assert browser.get(found[0]).status_code == 401
        assert browser.get(f"{home}api/runs", headers={"Host": "evil.example"}).status_code == 421
    logs = "".join(path.read_text(errors="replace") for path in (product.home / "logs").iterdir())
    assert found[0].partition("token=")[2] not in logs


def test_the_gateway_works_as_users_that_may_less_than_the_owner(product):
    wait_until_it_answers(product)
    port = product.settings.gateway_port
    assert httpx.get(f"http://127.0.0.1:{port}/api/runs", timeout=60).status_code == 200
    users = {name for (name,) in product.query("SELECT DISTINCT usename FROM pg_stat_activity")}
    assert "linernotes_reader" in users


def wait_until_it_answers(product):
    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{product.settings.gateway_port}/health/live", timeout=5).is_success
        return False

    product.wait_until(answers, "the gateway's answer")
