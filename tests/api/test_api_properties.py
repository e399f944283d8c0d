"""Whatever is asked: no fault of the server, and every answer as the OpenAPI document says (schemathesis)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import schemathesis
from api_server import NOW, WATCH, incident, settings_for
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from citra.alerts.state import State
from citra.api.keys import SCOPES, Keys
from citra.api.routes import build
from citra.api.state import ApiState
from citra.config import Settings
from citra.store import Query
from citra.verbs import watches
from citra.verbs.index import open_index
from citra.web.app import create_app

CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]
#: of each operation and mode; drawn from a fixed seed
EXAMPLES = 12
_PATHS = build(ApiState(Settings(), store=lambda: pytest.fail("the document needs no index"))).openapi()["paths"]
OPERATIONS = [
    (mode, method.upper(), path)
    for path, methods in _PATHS.items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "parameters" in operation or "requestBody" in operation
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("properties")


@pytest.fixture(scope="module")
def token(folder: Path) -> str:
    return Keys(folder / "keys.sqlite").create("uji", SCOPES, now=NOW)[1]


@pytest.fixture(scope="module")
def text(index: str) -> str:
    """The id of one."""
    with open_index(index) as store:
        return next(store.iterate(Query(min_relevance=None))).id


@pytest.fixture(scope="module")
def alerts(folder: Path) -> str:
    """The alerts' file with a watch and an incident."""
    path = str(folder / "alerts.sqlite")
    watches.add(path, [WATCH], NOW)
    with State(path) as state, state.changing():
        state.save(incident(), {})
    return path


@pytest.fixture(scope="module")
def schema(index: str, folder: Path) -> schemathesis.BaseSchema:
    shutil.copytree(index, folder / "index")  # labels are written into it
    app = create_app(settings_for(str(folder / "index"), folder, CITRA_API_RATE="0"), clock=lambda: NOW)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"Host": "127.0.0.1"})


@pytest.mark.parametrize(("mode", "method", "path"), OPERATIONS, ids=lambda value: getattr(value, "value", value))
def test_no_question_breaks_the_server(
    schema: schemathesis.BaseSchema, token: str, text: str, alerts: str, path: str, method: str, mode: GenerationMode
) -> None:
    """Positive: values as documented; negative: values that break the document."""
    asked = []

    @given(schema[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
    )  # fmt: skip
    def ask(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:  # else there is nothing but 404
            real = {"id": WATCH.id if "watches" in path else text, "number": 1}
            case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
            if path == "/effect":  # an event at a day drawn at random lies outside of all texts
                case.query |= {"at": "2026-11-02", "end": "2026-11-15", "q": "", "sentiment": []}
                case.query = {
                    name: value for name, value in case.query.items() if name not in {"since", "until", "last"}
                }
        if method == "DELETE":
            watches.add(alerts, [WATCH], NOW, replace=True)
        answer = case.call(headers={"Host": "127.0.0.1", "Authorization": f"Bearer {token}"})
        asked.append(answer.status_code)
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
        case.validate_response(answer, checks=CHECKS)

    ask()
    assert 401 not in asked
    if mode is GenerationMode.POSITIVE:
        assert {200, 201, 204} & set(asked)
