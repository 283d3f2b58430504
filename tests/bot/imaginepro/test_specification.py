"""The examples of the API's specification, if it is beside the repository."""

from pathlib import Path
from typing import Any

import pytest

from bot.imaginepro.models import Account, HistoryItem, Job, Submission
from bot.imaginepro.status import JobStatus
from tests.bot.imaginepro.test_endpoints import CALLS

SPECIFICATION = Path(__file__).parents[4] / "shared" / "imaginepro" / "openapi.yaml"


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not SPECIFICATION.is_file():
        pytest.skip(f"no specification of the image API at ../{SPECIFICATION.relative_to(SPECIFICATION.parents[2])}")
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(SPECIFICATION.read_text(encoding="utf-8"))


def examples(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation["responses"]["200"]["content"]["application/json"]
    named = {name: example["value"] for name, example in content.get("examples", {}).items()}
    return named | ({"example": content["example"]} if "example" in content else {})


@pytest.mark.parametrize("path", ["/message/fetch/{messageId}", "/midjourney/message/{messageId}"])
def test_every_example_of_progress_parses(path: str, specification: dict[str, Any]) -> None:
    """Every progress example is parsed with its status, picture and buttons."""
    found = examples(specification["paths"][path]["get"])
    jobs = {name: Job.from_body(body, polled_id="polled") for name, body in found.items()}
    assert len(jobs) >= 6
    assert {name: job.status for name, job in jobs.items()} == {
        name: JobStatus.named(body["status"]) for name, body in found.items()
    }
    assert {name: job.image_url for name, job in jobs.items()} == {
        name: body.get("uri") for name, body in found.items()
    }
    assert {name: list(job.buttons) for name, job in jobs.items()} == {
        name: body.get("buttons", []) for name, body in found.items()
    }
    assert jobs["processingStringProgress"].percent == 46


def test_every_webhook_example_parses(specification: dict[str, Any]) -> None:
    """Every webhook example is parsed as a job."""
    media = specification["webhooks"]["jobUpdate"]["post"]["requestBody"]["content"]["application/json"]
    jobs = [Job.from_body(example["value"], polled_id="?") for example in media["examples"].values()]
    assert {job.status for job in jobs} == {JobStatus.PROCESSING, JobStatus.DONE, JobStatus.FAILED}
    assert all(job.ref == "job-42" and job.message_id != "?" for job in jobs)


def test_submission_account_and_history_examples_parse(specification: dict[str, Any]) -> None:
    """The examples of submission, account and history are parsed."""
    paths, shared = specification["paths"], specification["components"]["responses"]
    accepted = Submission.model_validate(shared["JobAccepted"]["content"]["application/json"]["example"])
    account = Account.model_validate(examples(paths["/subscription/account-info"]["get"])["example"])
    page = HistoryItem.page_from(examples(paths["/nova/images"]["get"])["page"])
    assert accepted.created_at is not None
    assert (account.plan, account.balance) == ("STARTER", 1230)
    assert page
    assert page[0].kind == "imagine"


@pytest.mark.parametrize("name", CALLS)
def test_the_specification_accepts_every_request(name: str, specification: dict[str, Any]) -> None:
    """Every tested request matches its schema, and wrong types do not."""
    schemas = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is not installed")
    _, path, body = CALLS[name]
    schema = specification["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = schemas.Draft202012Validator(schema | {"components": specification["components"]})
    validator.validate(body)
    assert not validator.is_valid(dict.fromkeys(body, False))
