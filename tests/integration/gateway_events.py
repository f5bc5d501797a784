"""Events as API Gateway sends them."""

from typing import Any
from urllib.parse import parse_qs


def event_2(path: str, query: str, headers: dict[str, str], method: str = "GET") -> dict[str, Any]:
    """Return an event of an HTTP API."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abc.execute-api.eu-central-1.amazonaws.com", "x-forwarded-proto": "https", **headers},
        "queryStringParameters": {name: ",".join(texts) for name, texts in parse_qs(query).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "curl/8",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "10/Mar/2026:05:16:23 +0000",
            "timeEpoch": 1773119783000,
        },
        "isBase64Encoded": False,
    }


def event_1(path: str, query: str, headers: dict[str, str], method: str = "GET") -> dict[str, Any]:
    """Return an event of a REST API."""
    parameters = parse_qs(query)
    return {
        "version": "1.0",
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "abc.execute-api.eu-central-1.amazonaws.com", **headers},
        "multiValueHeaders": {
            "Host": ["abc.execute-api.eu-central-1.amazonaws.com"],
            **{name: [text] for name, text in headers.items()},
        },
        "queryStringParameters": {name: texts[-1] for name, texts in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.9", "userAgent": "curl/8"},
            "path": f"/prod{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
        "body": None,
        "isBase64Encoded": False,
    }
