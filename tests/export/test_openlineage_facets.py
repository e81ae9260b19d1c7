"""The facet of our own says what its schema says, and numbers are what was measured."""

from dataclasses import replace

from jsonschema import Draft202012Validator

from lineage_stats.export import RUN_FACET_SCHEMA
from lineage_stats.export._openlineage_facets import RUN_FACET, job_facets, run_facets
from tests.strategies import make_trace


def test_the_schema_is_a_schema_and_holds(result):
    Draft202012Validator.check_schema(RUN_FACET_SCHEMA)
    facet = run_facets(result, at_end=True)[RUN_FACET]
    Draft202012Validator(RUN_FACET_SCHEMA).validate(facet)
    assert not Draft202012Validator(RUN_FACET_SCHEMA).is_valid({**facet, "score": {"p_value": 2}})
    assert facet["_schemaURL"] == RUN_FACET_SCHEMA["$id"]


def test_source_code_is_named_where_the_commit_is_known():
    trace = replace(make_trace(0), environment={"git_commit": "ab" * 20, "git_branch": "main"})
    found = job_facets(trace, "https://example.com/repo")["sourceCodeLocation"]
    assert (found["version"], found["branch"]) == ("ab" * 20, "main")
    assert found["url"] == found["repoUrl"] == "https://example.com/repo"
    assert "repoUrl" not in job_facets(trace, None)["sourceCodeLocation"]
    assert "sourceCodeLocation" not in job_facets(replace(trace, environment={}), None)


def test_a_run_outside_of_any_orchestrator_has_no_parent(result):
    assert "parent" not in run_facets(result, at_end=False)
