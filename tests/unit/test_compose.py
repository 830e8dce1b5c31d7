"""compose.yml: that it is current, that it is Compose, and what every service in it may and may not do."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
from jsonschema import Draft7Validator

from functions.registry import FUNCTIONS
from functions.runtime.settings import variables, variables_of_files
from infra.deploy.compose import ROOT, rendered
from infra.deploy.secrets import NAMES, make_secrets
from tests.compose import compose

Service = dict[str, Any]

FILES = [path.name for path in rendered()]
STORES = {"rabbitmq", "neo4j", "postgres", "valkey", "bucket"}
SERVICES: dict[str, Service] = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if name not in STORES}

#: Its entry point writes into the image's own folder; nothing says how to do without.
WRITES_INTO_ITS_IMAGE = {"neo4j"}

each_service = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.parametrize(("path", "text"), rendered().items(), ids=lambda value: getattr(value, "name", ""))
def test_it_is_as_the_function_table_makes_it(path, text):
    assert path.read_text(encoding="utf-8") == text, "run `make deploy`"


@pytest.mark.parametrize("name", FILES)
def test_it_keeps_to_the_published_schema(name):
    place = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = Draft7Validator(json.loads(place.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(compose(name))] == []


def test_the_engines_own_client_takes_it(tmp_path):
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("nobody has to have it: docker compose is not installed")
    make_secrets(tmp_path)
    files = [argument for name in FILES for argument in ("--file", str(ROOT / name))]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LINERNOTES_SECRETS": str(tmp_path)}
    command = [docker, "compose", *files, "config", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_a_service_for_each_function_and_the_other_processes():
    assert {"deploy", "cli", "gateway", "scheduler", *FUNCTIONS.names} == set(OURS)
    for spec in FUNCTIONS:
        assert SERVICES[spec.name]["command"] == ["run", "worker", spec.name]
        assert "container_name" not in SERVICES[spec.name], "it could not be scaled"
        assert "ports" not in SERVICES[spec.name], "two of them could not share it"


@each_service
def test_a_service_may_do_nothing_that_it_need_not(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "1000:1000"
    assert service["read_only"] is (name not in WRITES_INTO_ITS_IMAGE)
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", ()))


@each_service
def test_a_service_has_limits_and_says_how_it_is(name):
    service = SERVICES[name]
    assert service["cpus"] > 0
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    once = service.get("restart") == "no"
    assert service["restart"] == "unless-stopped" or once
    if name in STORES:
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    else:  # the image's own, where there is a process to ask
        assert service.get("healthcheck") == ({"disable": True} if once else None)


@each_service
def test_every_image_is_of_an_exact_version_or_built_here(name):
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+(-\w+)?", image) or image == "localhost/linernotes"


def test_neo4j_is_the_one_that_is_tested():
    tested = re.search(
        r"<artifactId>neo4j</artifactId>\s*<version>([\d.]+)<", (ROOT / "infra/setup/neo4j.xml").read_text()
    )
    assert tested
    assert SERVICES["neo4j"]["image"] == f"neo4j:{tested[1]}-community"


def test_only_the_gateway_is_reached_from_outside_and_by_default_from_this_machine_only():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8003:8003"]}
    assert compose()["networks"]["stores"] == {"internal": True}
    assert {name for name in STORES if SERVICES[name]["networks"] != ["stores"]} == set()
    for name, service in compose("compose.dev.yml")["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_stores_are_healthy_before_the_deploy_step_and_that_is_done_before_all_else():
    assert SERVICES["deploy"]["depends_on"] == {name: {"condition": "service_healthy"} for name in STORES}
    for name in set(OURS) - {"deploy"}:
        assert SERVICES[name]["depends_on"] == {"deploy": {"condition": "service_completed_successfully"}}


def test_whatever_has_to_last_lies_in_a_named_volume():
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert {name for name in named if not name.startswith(".")} == set(compose()["volumes"])


def test_every_variable_of_our_services_is_a_setting():
    known = {str((meta.extra or {})["env"]) for meta in variables().values()}
    known |= {f"{name}_FILE" for name in variables_of_files()} | {"AWS_DEFAULT_REGION"}
    for name, service in OURS.items():
        assert set(service["environment"]) <= known, name


def test_no_secret_stands_in_an_environment_and_every_file_of_one_is_made():
    declared = compose()["secrets"]
    assert set(declared) == set(NAMES)
    assert {each["file"] for each in declared.values()} == {f"./secrets/{name}" for name in NAMES}
    text = (ROOT / "compose.yml").read_text()
    assert not re.search(r"(PASSWORD|SECRET\w*|ACCESS_KEY\w*|PASS): (?!/run/secrets/)", text)
    for name, service in SERVICES.items():
        taken = [each if isinstance(each, str) else each["source"] for each in service.get("secrets", ())]
        assert set(taken) <= set(NAMES), name
        read = re.findall(r"/run/secrets/([\w.]+)", json.dumps(service))
        assert set(read) <= set(taken), name


def test_whoever_brings_tables_knows_the_passwords_of_the_gateways_users():
    wanted = {"POSTGRES_READER_PASSWORD_FILE", "POSTGRES_ACTOR_PASSWORD_FILE"}
    knowing = {name for name, service in OURS.items() if wanted <= set(service["environment"])}
    assert knowing == {"deploy", "cli", "gateway"}


def test_whoever_stops_a_worker_waits_as_long_as_its_function_takes():
    for spec in FUNCTIONS:
        seconds = int(SERVICES[spec.name]["stop_grace_period"].removesuffix("s"))
        assert seconds >= 20


def test_rabbitmq_gives_a_worker_longer_than_the_longest_function_takes():
    text = (ROOT / "infra/deploy/compose/rabbitmq.conf").read_text()
    timeout = re.search(r"^consumer_timeout = (\d+)$", text, re.MULTILINE)
    assert timeout
    assert int(timeout[1]) / 1000 > 1.2 * max(spec.time_limit_s for spec in FUNCTIONS)


def test_the_folder_of_dumps_is_mounted_for_whoever_reads_them_and_written_by_whoever_fetches():
    mounted = {name: service["volumes"] for name, service in OURS.items() if "volumes" in service}
    reading = {spec.name for spec in FUNCTIONS if spec.reads_dumps}
    assert reading == {"download", "split"}
    given = "dumps:/mnt/dumps:ro"  # a folder of the user's: old months are removed from the other one
    assert mounted == {
        **{name: ["dumps:/dumps", given] for name in ("scheduler", "download")},
        "cli": ["dumps:/dumps", given, "models:/models"],
        "split": ["dumps:/dumps:ro", given],
        **{name: ["models:/models:ro"] for name in OURS.keys() - {"cli", "scheduler", "download", "split"}},
    }
    assert {name for name in OURS if "outside" in OURS[name]["networks"]} == {"cli", "gateway", "scheduler", "download"}


def test_a_folder_of_models_reaches_whoever_makes_vectors():
    given = {"LINERNOTES_MODELS": "/srv/models", "LINERNOTES_EMBED_ENGINE": "transformer"}
    services = compose(environment=given)["services"]
    image = (ROOT / "infra/deploy/container/Containerfile").read_text()
    assert re.search(r"\bHF_HOME=/models\b", image)
    for name in ("embed", "gateway", "derive"):
        assert services[name]["volumes"] == ["/srv/models:/models:ro"]
        assert services[name]["environment"]["LINERNOTES_EMBED_ENGINE"] == "transformer"
    assert "/srv/models:/models" in services["cli"]["volumes"]


def test_development_has_moto_for_a_bucket_and_the_code_of_the_checkout():
    services = compose("compose.dev.yml")["services"]
    assert services["bucket"]["image"].startswith("motoserver/moto:")
    for name in OURS:
        assert services[name]["volumes"] == [".:/source:ro"]
        assert services[name]["environment"]["PYTHONPATH"] == "/source"
