"""MiniStack, whose conditions compare the results of `Fn::Select`, `Fn::Split`, and `Fn::Join`.

CloudFormation compares them; MiniStack 1.5 knows only `Ref` and `Fn::Select` there, although its
resources know them all. Its own interpreter runs this, and it replaces that one function.
"""

import sys
from typing import Any

from ministack.services.cloudformation import engine

_evaluate = engine._evaluate_conditions


def _evaluated(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
    conditions = _compared(template.get("Conditions", {}), params, template.get("Mappings", {}))
    found: dict[str, bool] = _evaluate({**template, "Conditions": conditions}, params)
    return found


def _compared(node: Any, params: dict[str, Any], mappings: dict[str, Any]) -> Any:
    """The conditions in *node* with values in place of the expressions that they compare."""
    if isinstance(node, list):
        return [_compared(each, params, mappings) for each in node]
    if not isinstance(node, dict):
        return node
    if "Fn::Equals" in node:
        values = [
            engine._resolve_refs(each, {}, params, {}, mappings, "", "")
            for each in node["Fn::Equals"]
        ]
        return {"Fn::Equals": values}
    return {name: _compared(each, params, mappings) for name, each in node.items()}


for _name, _module in list(sys.modules.items()):
    if _name.startswith("ministack.") and hasattr(_module, _evaluate.__name__):
        setattr(_module, _evaluate.__name__, _evaluated)

if __name__ == "__main__":
    from ministack.app import main

    sys.exit(main())
