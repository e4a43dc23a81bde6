"""Clients that share what they look up are those that botocore makes."""

import subprocess
import sys

# In a process of its own: here it is shared already.
_SAME = """
import botocore.hooks, botocore.utils, boto3
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from local import service_descriptions

names = [f"before-call.{it}.Put" for it in (*botocore.utils.EVENT_ALIASES, "of-nobody", "a.b.c")]
handlers = [lambda **options: None, lambda one: None, EventAliaser.emit, get_session().get_component]

def seen():
    aliaser = EventAliaser(HierarchicalEmitter())
    other = EventAliaser(HierarchicalEmitter(), {"of-nobody": "of-somebody"})
    return (
        [aliaser._alias_event_name(name) for name in names],
        [other._alias_event_name(name) for name in names],
        [botocore.hooks.accepts_kwargs(handler) for handler in handlers],
        boto3.Session(region_name="us-east-1").client("dynamodb").meta.endpoint_url,
    )

before = seen()
service_descriptions.share()
assert [seen(), seen()] == [before, before]
plain, again = URLLib3Session(), URLLib3Session()
assert plain._get_ssl_context() is again._get_ssl_context()
proxied = URLLib3Session(proxies_config={"proxy_client_cert": "own"})
assert proxied._get_ssl_context() is not plain._get_ssl_context()
"""


def test_names_handlers_and_clients_are_as_before_and_a_proxys_tls_is_its_own() -> None:
    run = subprocess.run([sys.executable, "-c", _SAME], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
