//! JSON Schema to TypeScript, case by case: what servers send, and the types that must come of it.

use serde_json::{Value, json};
use surface::typescript_of_schema;

#[track_caller]
fn check(schema: &Value, expect: &str) {
    assert_eq!(typescript_of_schema(schema, "Probe"), expect, "the type of {schema:#}");
}

#[test]
fn recursive_definitions() {
    check(
        &json!({"type": "object", "properties": {"root": {"$ref": "#/$defs/node"}}, "$defs": {"node": {"type": "object", "description": "A node.", "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "required": ["name"]}}}),
        r##"export interface Probe {
  root?: Node;
  [key: string]: unknown;
}

/** A node. */
export interface Node {
  name: string;
  children?: Node[];
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn a_schema_that_contains_itself() {
    check(
        &json!({"type": "object", "properties": {"and": {"type": "array", "items": {"$ref": "#"}}}, "additionalProperties": false}),
        r##"export interface Probe {
  and?: Probe[];
}
"##,
    );
}

#[test]
fn references_into_properties() {
    check(
        &json!({"type": "object", "properties": {"from": {"type": "object", "properties": {"x": {"type": "number"}}, "additionalProperties": false}, "to": {"$ref": "#/properties/from"}, "via": {"type": "array", "items": {"$ref": "#/properties/from/properties/x"}}}, "additionalProperties": false}),
        r##"export interface Probe {
  from?: {
    x?: number;
  };
  to?: From;
  via?: number[];
}

export interface From {
  x?: number;
}
"##,
    );
}

#[test]
fn anchors_and_identifiers() {
    check(
        &json!({"$id": "https://example.com/schemas/order.json", "type": "array", "items": [{"$ref": "#pin"}, {"$ref": "item.json"}, {"$ref": "https://example.com/schemas/item.json#/$defs/sku"}], "additionalItems": false, "$defs": {"a": {"$anchor": "pin", "type": "integer"}, "b": {"$id": "https://example.com/schemas/item.json", "enum": ["x"], "$defs": {"sku": {"type": "boolean"}}}}}),
        r##"export type Probe = [number?, "x"?, boolean?];
"##,
    );
}

#[test]
fn references_that_lead_out_or_nowhere() {
    check(
        &json!({"type": "object", "properties": {"far": {"$ref": "https://example.com/other.json#/$defs/x"}, "gone": {"$ref": "#/$defs/gone"}}, "additionalProperties": false}),
        r##"export interface Probe {
  far?: unknown /* https://example.com/other.json#/$defs/x is in another document */;
  gone?: unknown /* #/$defs/gone is not in the schema */;
}
"##,
    );
}

#[test]
fn definitions_that_are_nothing_but_each_other() {
    check(
        &json!({"anyOf": [{"$ref": "#/$defs/a"}, {"type": "string"}], "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
        r##"export type Probe = A | string;

export type A = unknown /* the schema refers to itself */;
"##,
    );
}

#[test]
fn a_union_with_itself() {
    check(
        &json!({"anyOf": [{"$ref": "#"}, {"type": "number"}]}),
        r##"export type Probe = number;
"##,
    );
}

#[test]
fn a_discriminated_union() {
    check(
        &json!({"oneOf": [{"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number", "exclusiveMinimum": 0}}, "required": ["kind", "radius"], "additionalProperties": false}, {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"], "additionalProperties": false}]}),
        r##"export type Probe = {
  kind: "circle";
  /** (> 0) */
  radius: number;
} | {
  kind: "square";
  side: number;
};
"##,
    );
}

#[test]
fn alternatives_of_required_names() {
    check(
        &json!({"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}, "additionalProperties": false, "anyOf": [{"required": ["id"]}, {"required": ["name"]}]}),
        r##"export type Probe = {
  id: string;
  name?: string;
} | {
  id?: string;
  name: string;
};
"##,
    );
}

#[test]
fn mixed_enumerations() {
    check(
        &json!({"enum": ["say \"hi\"", "*/ alert(1) /*", 1, -1.5, true, null, ["a", 1], {"k": "v"}]}),
        r##"export type Probe = "say \"hi\"" | "*/ alert(1) /*" | 1 | -1.5 | true | null | ["a", 1] | {
  k: "v";
};
"##,
    );
}

#[test]
fn an_enumeration_under_a_type() {
    check(
        &json!({"type": ["string", "null"], "enum": ["a", 1, null]}),
        r##"export type Probe = "a" | null;
"##,
    );
}

#[test]
fn an_enumeration_whose_type_is_wrong() {
    check(
        &json!({"type": "string", "enum": [1, 2]}),
        r##"export type Probe = 1 | 2;
"##,
    );
}

#[test]
fn nullable_in_three_ways() {
    check(
        &json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": null}, "c": {"type": "boolean", "nullable": true}}, "additionalProperties": false}),
        r##"export interface Probe {
  a?: string | null;
  /** (integer, >= 1) */
  b?: number | null;
  c?: boolean | null;
}
"##,
    );
}

#[test]
fn tuples() {
    check(
        &json!({"type": "object", "properties": {"pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false, "minItems": 2}, "open": {"type": "array", "items": [{"type": ["string", "null"]}]}, "none": {"type": "array", "items": false}, "any": {"type": "array"}}, "additionalProperties": false}),
        r##"export interface Probe {
  /** (at least 2 items) */
  pair?: [string, number];
  open?: [(string | null)?, ...unknown[]];
  none?: never[];
  any?: unknown[];
}
"##,
    );
}

#[test]
fn maps() {
    check(
        &json!({"type": "object", "properties": {"counts": {"type": "object", "additionalProperties": {"type": "integer"}}, "mixed": {"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "object", "properties": {"w": {"type": "number"}}}}, "required": ["id"], "additionalProperties": {"type": "number"}}, "patterns": {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false}, "free": {"type": "object"}, "empty": {"type": "object", "additionalProperties": false}}, "additionalProperties": false}),
        r##"export interface Probe {
  counts?: { [key: string]: number };
  mixed?: {
    id: string;
    size?: {
      w?: number;
      [key: string]: unknown;
    };
    [key: string]: number | string | object | undefined;
  };
  patterns?: { [key: string]: string };
  free?: { [key: string]: unknown };
  empty?: { [key: string]: never };
}
"##,
    );
}

#[test]
fn an_open_object() {
    check(
        &json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}),
        r##"export interface Probe {
  a: string;
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn allof() {
    check(
        &json!({"allOf": [{"$ref": "#/$defs/base"}, {"type": "object", "properties": {"id": {"enum": ["a", "b"]}, "extra": {"type": "boolean"}}, "required": ["extra"]}], "$defs": {"base": {"type": "object", "properties": {"id": {"type": "string", "description": "The id."}}, "required": ["id"]}}}),
        r##"export interface Probe {
  /** The id. */
  id: "a" | "b";
  extra: boolean;
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn allof_over_a_recursion() {
    check(
        &json!({"type": "object", "properties": {"next": {"allOf": [{"$ref": "#"}, {"required": ["next"]}]}}, "additionalProperties": false}),
        r##"export interface Probe {
  next?: Probe & {
    next: unknown;
    [key: string]: unknown;
  };
}
"##,
    );
}

#[test]
fn odd_property_names() {
    check(
        &json!({"type": "object", "properties": {"a-b": {"type": "string"}, "class": {"type": "string"}, "1st": {"type": "string"}, "": {"type": "string"}, "__proto__": {"type": "string"}, "quo\"te\n*/": {"type": "string"}, "名前": {"type": "string"}, "$ref": {"type": "string"}}, "additionalProperties": false}),
        r##"export interface Probe {
  "a-b"?: string;
  class?: string;
  "1st"?: string;
  ""?: string;
  __proto__?: string;
  "quo\"te\n*/"?: string;
  名前?: string;
  $ref?: string;
}
"##,
    );
}

#[test]
fn booleans_as_schemas() {
    check(
        &json!({"type": "object", "properties": {"yes": true, "no": false, "odd": "string"}, "additionalProperties": false}),
        r##"export interface Probe {
  yes?: unknown;
  no?: never;
  odd?: unknown /* not a schema */;
}
"##,
    );
}

#[test]
fn not() {
    check(
        &json!({"type": "object", "properties": {"gone": {"not": {}}, "kind": {"not": {"type": ["string", "null"]}}, "word": {"type": "string", "not": {"const": "*/"}}}, "additionalProperties": false}),
        r##"export interface Probe {
  /** (not {}) */
  gone?: never;
  /** (not {"type": ["string", "null"]}) */
  kind?: number | boolean | unknown[] | { [key: string]: unknown };
  /** (not {"const": "*\/"}) */
  word?: string;
}
"##,
    );
}

#[test]
fn required_names_that_are_not_declared() {
    check(
        &json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}}),
        r##"export interface Probe {
  a: string;
  b: unknown;
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn required_names_that_cannot_be_there() {
    check(
        &json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}, "additionalProperties": false}),
        r##"export interface Probe {
  a: string;
}
"##,
    );
}

#[test]
fn no_type() {
    check(
        &json!({"properties": {"a": {}}, "required": ["a"]}),
        r##"export interface Probe {
  a: unknown;
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn types_that_do_not_exist() {
    check(
        &json!({"type": "object", "properties": {"a": {"type": "int"}, "b": {"type": "any"}, "c": {"type": "date*/"}, "d": {"type": 42}, "e": {"type": []}}, "additionalProperties": false}),
        r##"export interface Probe {
  a?: number;
  b?: unknown;
  c?: unknown /* the schema's type is date*\/ */;
  d?: unknown;
  e?: unknown;
}
"##,
    );
}

#[test]
fn conditions() {
    check(
        &json!({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": {"required": ["c"]}, "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "string"}, "c": {"type": "string"}}, "additionalProperties": false}),
        r##"/** (if {"properties": {"a": {"const": 1}}} then {"required": ["b"]} else {"required": ["c"]}) */
export type Probe = {
  a?: number;
  b: string;
  c?: string;
} | {
  a?: number;
  b?: string;
  c: string;
};
"##,
    );
}

#[test]
fn properties_that_need_others() {
    check(
        &json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "additionalProperties": false, "dependentRequired": {"a": ["b"]}, "dependencies": {"c": false}}),
        r##"/** (a needs b) */
export interface Probe {
  a?: string;
  b?: string;
  c?: never;
}
"##,
    );
}

#[test]
fn unevaluated_properties() {
    check(
        &json!({"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "string"}}}], "type": "object", "unevaluatedProperties": false}),
        r##"export interface Probe {
  a?: string;
  b?: string;
}
"##,
    );
}

#[test]
fn limits_and_suggestions() {
    check(
        &json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 100, "multipleOf": 5, "default": 10, "description": "How many."}, "s": {"type": "string", "minLength": 1, "maxLength": 1, "pattern": "^\\d*/$", "format": "date-time", "examples": ["2026-01-31T09:00:00Z"]}, "l": {"type": "array", "items": {"type": "string", "description": "An address.", "format": "email"}, "minItems": 1, "uniqueItems": true}, "old": {"type": "string", "deprecated": true, "description": "Two\nlines."}, "m": {"oneOf": [{"const": "fast", "description": "Less exact"}, {"const": "slow", "title": "More exact"}]}}, "additionalProperties": false}),
        r##"export interface Probe {
  /** How many. (integer, >= 1, <= 100, multiple of 5, default 10) */
  n?: number;
  /** (1 character, format date-time, pattern ^\d*\/$, e.g. "2026-01-31T09:00:00Z") */
  s?: string;
  /**
   * (at least 1 item, no duplicates)
   * Each: An address. (format email)
   */
  l?: string[];
  /**
   * Two
   * lines.
   * @deprecated
   */
  old?: string;
  /**
   * "fast": Less exact
   * "slow": More exact
   */
  m?: "fast" | "slow";
}
"##,
    );
}

#[test]
fn names_that_are_taken() {
    check(
        &json!({"type": "object", "properties": {"p": {"$ref": "#/$defs/Promise"}, "q": {"$ref": "#/$defs/probe"}, "r": {"$ref": "#/$defs/3d%20model"}, "s": {"$ref": "#/$defs/%E2%9C%A8"}}, "additionalProperties": false, "$defs": {"Promise": {"type": "object", "properties": {"a": {"type": "string"}}}, "probe": {"type": "object", "properties": {"b": {"type": "string"}}}, "3d model": {"type": "object", "properties": {"c": {"type": "string"}}}, "✨": {"type": "object", "properties": {"d": {"type": "string"}}}}}),
        r##"export interface Probe {
  p?: Promise2;
  q?: Probe2;
  r?: T3dModel;
  s?: T;
}

export interface Promise2 {
  a?: string;
  [key: string]: unknown;
}

export interface Probe2 {
  b?: string;
  [key: string]: unknown;
}

export interface T3dModel {
  c?: string;
  [key: string]: unknown;
}

export interface T {
  d?: string;
  [key: string]: unknown;
}
"##,
    );
}

#[test]
fn draft_7_hides_what_stands_beside_a_reference() {
    check(
        &json!({"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "type": "string", "definitions": {"a": {"type": "number"}}}),
        r##"export type Probe = number;
"##,
    );
}

#[test]
fn two_enumerations_meet() {
    check(
        &json!({"allOf": [{"enum": ["a", "b", "c"]}, {"enum": ["b", "c", "d"]}, {"type": "string"}]}),
        r##"export type Probe = "b" | "c";
"##,
    );
}

#[test]
fn a_type_and_its_alternatives_contradict_each_other() {
    check(
        &json!({"type": "string", "anyOf": [{"type": "number"}, {"type": "boolean"}]}),
        r##"export type Probe = never;
"##,
    );
}

#[test]
fn parts_with_an_identifier_are_documents_of_their_own() {
    check(
        &json!({
            "$id": "https://example.com/a/root.json",
            "type": "array",
            "prefixItems": [{"$ref": "part.json"}, {"$ref": "/b/part.json#name"}, {"$ref": "#name"}],
            "items": false,
            "$defs": {
                "one": {"$id": "part.json", "$ref": "#/$defs/x", "$defs": {"x": {"type": "number"}}},
                "two": {"$id": "/b/part.json", "$defs": {"y": {"$anchor": "name", "type": "boolean"}}},
                "three": {"$anchor": "name", "type": "string"}
            }
        }),
        "export type Probe = [PartJson?, boolean?, string?];\n\nexport type PartJson = number;\n",
    );
}

#[test]
fn names_that_every_object_inherits_may_be_left_out() {
    check(
        &json!({"type": "object", "properties": {"constructor": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
        "export interface Probe {
  constructor?: string | Function;
  [key: string]: string | undefined | Function;
}
",
    );
}

#[test]
fn definitions_without_a_type_take_other_values_too() {
    check(
        &json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}, "l": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "additionalProperties": false, "$defs": {"a": {"required": ["x"]}}}),
        "export interface Probe {
  a?: A | string | number | boolean | null | unknown[];
  l?: (A | string | number | boolean | null | unknown[])[];
}

export interface A {
  x: unknown;
  [key: string]: unknown;
}
",
    );
}

#[test]
fn what_is_left_over_is_refused() {
    check(
        &json!({"type": "object", "properties": {"t": {"prefixItems": [{"type": "string"}], "unevaluatedItems": false}, "m": {"type": "object", "unevaluatedProperties": {"type": "number"}}}, "unevaluatedProperties": false}),
        "export interface Probe {
  t?: [string?];
  m?: { [key: string]: number };
}
",
    );
    check(
        &json!({"oneOf": [{"type": "number"}, {}]}),
        "export type Probe = string | boolean | null | unknown[] | { [key: string]: unknown };\n",
    );
}
