"""The catalogue in the form WhatsApp's template API takes (``POST /{account}/message_templates``)."""

from typing import Any

from clinic.templates.catalogue import CATALOGUE, Template


def export(template: Template) -> dict[str, Any]:
    """One template's registration: named parameters, each with its example."""
    named = [{"param_name": name, "example": template.examples[name]} for name in template.parameters]
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.value,
        "parameter_format": "NAMED",
        "message_send_ttl_seconds": template.ttl_seconds,
        "components": [
            {"type": "BODY", "text": template.body, "example": {"body_text_named_params": named}},
        ],
    }


def export_catalogue() -> list[dict[str, Any]]:
    """All registrations, in the catalogue's order."""
    return [export(template) for template in CATALOGUE.values()]
