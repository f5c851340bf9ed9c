"""Compares Schema's verdicts with those of the package jsonschema. Usage: check_schemas.py SAMPLES

Each line of SAMPLES is {"notation": …, "schema": …, "values": […], "fits": […]}.
"""
import functools
import json
import sys

import quickjs
from jsonschema import Draft202012Validator, exceptions, validators

engine = quickjs.Context()


@functools.cache
def matches(pattern, text):
    # As JSON in JSON, so that no character of either can mean anything to the script.
    return engine.eval(f"new RegExp(JSON.parse({json.dumps(json.dumps(pattern))}), 'u')"
                       f".test(JSON.parse({json.dumps(json.dumps(text))}))")


def check_pattern(validator, pattern, value, schema):
    """Patterns by ECMA-262: Python's `$`, `\\d`, `\\w` and `\\s` mean something else."""
    if validator.is_type(value, "string") and not matches(pattern, value):
        yield exceptions.ValidationError(f"{value!r} doesn't match {pattern!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": check_pattern})
schemas = values = fitting = wrong = 0
with open(sys.argv[1], encoding="utf-8") as samples:
    for line in samples:
        sample = json.loads(line)
        schema = sample["schema"]
        try:
            Validator.check_schema(schema)
        except exceptions.SchemaError as error:
            wrong += 1
            print(f"{sample['notation']}: printed as {json.dumps(schema)}, which is no schema: {error.message}")
            continue
        schemas += 1
        validator = Validator(schema)
        for value, fits in zip(sample["values"], sample["fits"], strict=True):
            values += 1
            fitting += fits
            if validator.is_valid(value) != fits:
                wrong += 1
                verdict = "fits" if fits else "doesn't fit"
                print(f"{json.dumps(value)} {verdict} {sample['notation']}; jsonschema says otherwise: {json.dumps(schema)}")
if schemas < 500 or not values // 4 <= fitting <= values // 4 * 3:
    sys.exit(f"check-schemas: {schemas} schemas and {fitting} fitting ones of {values} values prove nothing")
if wrong:
    sys.exit(f"check-schemas: {wrong} disagreements")
print(f"check-schemas: {schemas} schemas are valid, and jsonschema agrees about {values} values, of which {fitting} fit")
