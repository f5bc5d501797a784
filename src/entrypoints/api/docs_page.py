"""The OpenAPI document as one page for people: no script, nothing loaded from anywhere."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}h2{border-top:1px solid #bbb;padding-top:1rem}code,pre{font-family:ui-monospace,monospace;"
    "font-size:.875rem}pre{background:#f3f3f3;padding:.75rem;overflow:auto}table{border-collapse:collapse}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}pre{background:#242424}"
    "a{color:#8ab4f8}th,td{border-color:#333}}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do: show itself, in its own style."""

_Node = Mapping[str, Any]  # the OpenAPI document, which is read here as its readers elsewhere read it


def docs_page(document: _Node) -> str:
    """Return the page."""
    info = document["info"]
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, found in document["paths"].items()
        for method, operation in found.items()
    ]
    body = "".join(
        (
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
            f"<p>{escape(info['description'])}</p>",
            "<p>A key goes into the header <code>X-API-Key</code>, or <code>Authorization: Bearer</code>. The same "
            'description for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>',
            "<nav><ul>",
            *(f'<li><a href="#{_anchor(name)}"><code>{escape(name)}</code></a></li>' for name, _ in operations),
            "</ul></nav><main>",
            *(_operation(name, operation, document) for name, operation in operations),
            "<h2>Forms</h2>",
            *(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
            "</main>",
        )
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>'
        f'{escape(info["title"])}</title><meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _operation(name: str, operation: _Node, document: _Node) -> str:
    return "".join(
        (
            f'<section><h2 id="{_anchor(name)}"><code>{escape(name)}</code></h2>',
            f"<p>{escape(operation['summary'])}. {escape(operation.get('description', ''))}</p>",
            "<p>Without a key.</p>" if operation.get("security") == [] else "",
            _parameters(operation["parameters"]),
            _body(operation.get("requestBody")),
            _responses(operation["responses"], document),
            "</section>",
        )
    )


def _parameters(parameters: list[_Node]) -> str:
    rows = (
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{_type_of(one['schema'])}</td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return _table(("parameter", "in", "type", "meaning"), rows) if parameters else ""


def _responses(responses: _Node, document: _Node) -> str:
    rows = []
    for status, found in responses.items():
        response = found
        if "$ref" in found:
            response = document["components"]["responses"][found["$ref"].rpartition("/")[2]]
        forms = ", ".join(_form(kind, form) for kind, form in response.get("content", {}).items())
        rows.append(f"<tr><td>{escape(status)}</td><td>{escape(response['description'])}</td><td>{forms}</td></tr>")
    return _table(("status", "meaning", "form"), iter(rows)) + _examples(responses["200"]["content"])


def _body(body: _Node | None) -> str:
    if body is None:
        return ""
    forms = ", ".join(_form(kind, form) for kind, form in body["content"].items())
    return f"<p>To be sent: {forms}</p>{_examples(body['content'])}"


def _examples(content: _Node) -> str:
    return "".join(
        f"<details><summary>Example, {escape(kind)}</summary><pre>{escape(_written(form['example']))}</pre></details>"
        for kind, form in content.items()
        if "example" in form
    )


def _schema(name: str, schema: _Node) -> str:
    required = schema["required"]
    rows = (
        f"<tr><td><code>{escape(field)}</code></td><td>{_type_of(found)}</td>"
        f"<td>{escape(found.get('description', ''))}{'' if field in required else ' May be missing.'}</td></tr>"
        for field, found in schema["properties"].items()
    )
    heading = f'<section><h3 id="{_anchor(name)}">{escape(name)}</h3><p>{escape(schema["description"])}</p>'
    return f"{heading}{_table(('field', 'type', 'meaning'), rows)}</section>"


def _form(kind: str, form: _Node) -> str:
    return f"<code>{escape(kind)}</code> {_type_of(form['schema'])}"


def _type_of(schema: _Node) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{_anchor(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(map(_type_of, schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type_of(schema['items'])}"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "properties" in schema:
        inner = ", ".join(f"{escape(name)}: {_type_of(found)}" for name, found in schema["properties"].items())
        return f"{{{inner}}}"
    return escape(" or ".join(kinds) + (f" ({schema['format']})" if "format" in schema else ""))


def _table(headings: tuple[str, ...], rows: Iterator[str]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _written(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text).strip("-")
