"""A Rego interpreter as a filter: a policy with its input per line of standard input, a verdict per line of output.

`data.policy.allow` is asked, as a Trustee KBS asks it of a resource policy; the path of the resource is in
`data["resource-path"]`.
"""

import json
import sys

import regopy


def allows(asked):
    """Fresh for every question: what one input left behind must not answer another."""
    interpreter = regopy.Interpreter()
    interpreter.add_module("policy.rego", asked["policy"])
    interpreter.add_data({"resource-path": asked["path"]})
    interpreter.set_input(asked["input"])
    # A bare false would be no result, as if the policy had no such rule.
    (result,) = interpreter.query("verdict := data.policy.allow").results
    return result.bindings["verdict"] is True


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        verdict, reason = ("accept", "") if allows(asked) else ("reject", "not allowed")
        print(json.dumps({"id": asked["id"], "verdict": verdict, "reason": reason}), flush=True)


if __name__ == "__main__":
    main()
