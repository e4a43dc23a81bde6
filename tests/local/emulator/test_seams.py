"""The parts of MiniStack that we replace are there, in the form we expect.

Read from the source, since the modules of this process are replaced already. When MiniStack is updated this
fails first: look at each difference, then at the behaviours in test_emulator.py.
"""

import ast
import inspect
import os
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint

from local.emulator.load import VERSION, EmulatorVersionError, check_version

_ROOT = Path(str(distribution("ministack").locate_file("ministack")))

FUNCTIONS = {
    "services/stepfunctions.py": {
        "_run_execution": ["exec_arn"],
        "_start_execution": ["data"],
        "_stop_execution": ["data"],
        "_scaled_sleep": ["seconds"],
        "_sleep_until": ["iso_ts"],
        "_invoke_resource": ["resource", "input_data"],
        "_invoke_resource_with_timeout": ["resource", "input_data", "timeout"],
        "_find_matching_retrier": ["retriers", "error", "retry_counts"],
        "_call_lambda": ["func_ref", "event"],
        "_execute_pass": ["state_def", "raw_input", "ctx"],
        "_execute_task": ["state_def", "raw_input", "execution", "ctx"],
        "_execute_choice": ["state_def", "raw_input", "ctx"],
        "_execute_wait": ["state_def", "raw_input", "ctx"],
        "_execute_parallel": ["state_def", "raw_input", "execution", "ctx"],
        "_execute_map": ["state_def", "raw_input", "execution", "ctx"],
        "reset": [],
    },
    "services/eventbridge.py": {
        "_put_events": ["data", "allow_aws_source"],
        "_dispatch_event": ["event", "view"],
        "_invoke_target": ["target", "event", "rule", "view"],
        "_dispatch_to_stepfunctions": ["arn", "payload"],
        "_pattern_event_view": ["event"],
    },
    "services/cloudwatch_logs.py": {
        "_create_log_stream": ["data"],
        "_put_log_events": ["data"],
    },
    "services/lambda_svc.py": {
        "_execute_function_dispatch": ["func", "config", "event", "request_id", "started"],
        "_execute_function_with_config_scope": ["func", "event"],
        "_execution_record_for_config": ["func", "config"],
        "_get_func_record_for_ref": ["function_ref"],
        "_ensure_poller": [],
    },
    "services/apigateway.py": {
        "handle_execute": [
            "api_id",
            "stage",
            "path",
            "method",
            "headers",
            "body",
            "query_params",
            "raw_query_string",
        ],
        "_match_route": ["api_id", "method", "path"],
        "_extract_path_params": ["route_path", "request_path"],
        "_extract_lambda_ref_from_integration_uri": ["uri"],
        "_v2_request_body_is_text": ["content_type"],
        "_resolve_custom_api_id": ["tags", "existing"],
    },
    "core/concurrency.py": {"run_reentrant": ["fn", "thread_name"]},
    "services/sqs.py": {
        "_queue_by_arn": ["arn"],
        "_receive_messages_for_esm": ["queue_url", "max_number"],
        "_delete_messages_for_esm": ["queue_url", "receipt_handles"],
        "_dlq_sweep": ["q"],
        "_queue_url": ["name"],
        "queue_policy_allows": ["queue_arn", "service", "source_arn", "source_account"],
        "_ensure_msg_fields": ["m"],
    },
    "services/cloudformation/provisioners.py": {
        "_sm_secret_create": ["logical_id", "props", "stack_name"],
        "_lambda_create": ["logical_id", "props", "stack_name"],
        "_apigw_v2_api_create": ["logical_id", "props", "stack_name"],
        "_apigw_v2_integration_create": ["logical_id", "props", "stack_name"],
        "_apigw_v2_route_create": ["logical_id", "props", "stack_name"],
        "_lambda_esm_create": ["logical_id", "props", "stack_name"],
        "_lambda_permission_create": ["logical_id", "props", "stack_name"],
    },
    "core/iam_evaluator.py": {
        "parse_policy_document": ["doc"],
        "_gather_role_policies": ["role_name", "account_id"],
        "resolve_principal": ["access_key_id", "account_id", "credential"],
        "is_root_access_key": ["access_key_id"],
        "evaluate": ["ctx", "policies"],
        "evaluate_resource_policy": ["doc", "ctx", "service", "named_only", "direct_only"],
        "enforce": ["access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"],
    },
    "services/dynamodb.py": {"_tokenize": ["expr"], "_condition_syntax_error": ["expr", "slot"]},
    "core/responses.py": {
        "set_request_account_id": ["access_key_id"],
        "set_request_region": ["region"],
        "set_request_client_ip": ["address"],
    },
    "core/lambda_runtime.py": {"execution_credentials": ["config"]},
    "app.py": {
        "app": ["scope", "receive", "send"],
        "_resolve_stage_and_path": ["api_id", "tentative_stage", "execute_path"],
        "_dispatch_service_request": ["method", "path", "headers", "body", "query_params", "request_id"],
    },
}

# What the replaced functions are called through, and constants we rely on, word for word.
PHRASES = {
    "services/stepfunctions.py": [
        "    time.sleep(0.15)\n",
        "args=(_run_execution, exec_arn),",
        "jsonata.Jsonata.jsonata(expression, timeout=1000)",
        "with ThreadPoolExecutor(max_workers=workers) as pool:",
        "futures_wait(futs)",
        "_scaled_sleep(min(sleep_sec, 60))",
        'while current_name and execution["status"] == "RUNNING":',
    ],
    "services/lambda_svc.py": [
        "return _execute_function_dispatch(func, config, event, request_id, started)",
        '            "statusCode": 502,\n',  # still not what an HTTP API answers to a function's error
        '            "statusCode": 429,\n',  # nor where there is no slot
        '        "policy": {"Version": "2012-10-17", "Id": "default", "Statement": []},\n',
    ],
    "services/cloudformation/provisioners.py": [
        '    return name, {"Id": arn, "Arn": arn}\n',  # still the bug we correct: a secret's Ref
        '        "concurrency": None,\n',  # still the omission we make up for
    ],
    "services/apigateway.py": [
        "_apis = AccountRegionScopedDict()",
        "_routes = AccountRegionScopedDict()",
        "_integrations = AccountRegionScopedDict()",
        "_stages = AccountRegionScopedDict()",
        "from ministack.core.concurrency import run_reentrant",
    ],
    "app.py": [
        "_MAIN_LOOP = asyncio.get_running_loop()",
        "async with _get_reset_lock():",
        "handle_execute(\n            api_id, stage, execute_path, method, headers, body, query_params, raw",
    ],
}


@cache
def _source(path: str) -> str:
    return (_ROOT / path).read_text(encoding="utf-8")


@cache
def _signatures(path: str) -> dict[str, list[str]]:
    return {
        node.name: [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
        for node in ast.parse(_source(path)).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(
    ("path", "name", "arguments"),
    [
        (path, name, arguments)
        for path, functions in FUNCTIONS.items()
        for name, arguments in functions.items()
    ],
)
def test_a_function_we_replace_or_call_has_the_signature_we_expect(
    path: str, name: str, arguments: list[str]
) -> None:
    assert name in _signatures(path), f"ministack/{path} has no {name} any more"
    assert _signatures(path)[name] == arguments


@pytest.mark.parametrize(
    ("path", "phrase"), [(path, phrase) for path, phrases in PHRASES.items() for phrase in phrases]
)
def test_the_code_around_a_seam_is_as_we_know_it(path: str, phrase: str) -> None:
    assert phrase in _source(path)


def test_another_version_is_refused_with_a_clear_error() -> None:
    check_version(VERSION)
    with pytest.raises(EmulatorVersionError, match=rf"written for ministack {VERSION}, but 9\.9\.9"):
        check_version("9.9.9")


def test_botocore_and_python_have_what_we_replace_in_them() -> None:
    def arguments(function: Any) -> list[str]:
        return list(inspect.signature(function).parameters)

    client, endpoint = cast("Any", BaseClient), cast("Any", Endpoint)
    assert arguments(client._make_request) == ["self", "operation_model", "request_dict", "request_context"]
    assert arguments(endpoint._add_modeled_error_fields) == [
        "self",
        "response_dict",
        "parsed_response",
        "operation_model",
        "parser",
    ]
    assert arguments(client._resolve_endpoint_ruleset)[:2] == ["self", "operation_model"]
    assert isinstance(os.environ.__dict__["_data"], dict)
