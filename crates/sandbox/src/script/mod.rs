//! From TypeScript as submitted to JavaScript the engine runs, with what is literally known of it.
//!
//! ```text
//! submitted → (fences off) → parse → names → facts + shape → types off → shape applied → JavaScript + positions
//! ```
//! All of it is pure. Hostile input may still end the process by overflowing the stack, so it is only ever called in
//! a process of its own: see `parser_main`. This room knows nothing of servers, tools or the engine, except the name
//! of the one function a dynamic import is turned into.

mod apply;
mod by_name;
mod callees;
mod characters;
mod constructor;
mod end;
mod ending;
mod errors;
mod escaped;
mod exports;
mod facts;
mod files;
mod functions;
mod globals;
mod lines;
mod literal;
mod nesting;
mod positions;
mod results;
mod scan;
mod shape;
mod submitted;
mod unsupported;

use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, IndentChar};
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use oxc_transformer::{TransformOptions, Transformer};
use wire::{MAIN, Parsed, ScriptError};

use lines::Lines;
use positions::Mapping;
use submitted::Submitted;

/// Only used to label the source map; no file is ever opened.
const NAME: &str = "main.ts";

/// Whether parsing a script may take more stack than scripts do.
pub fn is_deep(source: &str) -> bool {
    nesting::is_deep(source)
}

/// Parses the script of a run: see [`parse_module`].
pub fn parse(source: &str) -> Result<Parsed, Vec<ScriptError>> {
    parse_module(source, MAIN)
}

/// Parses a script or a skill, mends what is unambiguously meant otherwise than written, and makes JavaScript of it that stands at a path
/// in the engine.
///
/// Positions, in errors and facts alike, are those of `source` as given. At most [`errors::ERRORS_MAX`] errors are
/// returned, in the order of the script.
pub fn parse_module(source: &str, path: &str) -> Result<Parsed, Vec<ScriptError>> {
    let translate = |submitted: &Submitted| translate(submitted, path);
    if let Some(parsed) = escaped::inside_literal(source).and_then(|inside| translate(&inside).ok()) {
        return Ok(parsed);
    }
    let submitted = submitted::without_fences(source);
    let errors = match translate(&submitted) {
        Ok(parsed) => return Ok(parsed),
        Err(errors) => errors,
    };
    // Prose around a single fenced block is only looked for when the whole is not a script: a script may well
    // contain fences, in the Markdown it writes.
    let errors = match submitted::without_prose(source).map(|inner| translate(&inner)) {
        Some(Ok(parsed)) => return Ok(parsed),
        Some(Err(inside)) => inside,
        None => errors,
    };
    escaped::readings(source).iter().find_map(|reading| translate(reading).ok()).ok_or(errors)
}

/// The stages, in order.
fn translate(submitted: &Submitted, path: &str) -> Result<Parsed, Vec<ScriptError>> {
    let text = submitted.text.as_str();
    let lines = Lines::new(text);
    let allocator = Allocator::default();
    let (mut program, mut errors) = parse_program(&allocator, text, &lines)?;
    let mut repairs = submitted.repairs.clone();
    repairs.extend(apply::drop_repeated_imports(&mut program));

    let analysed =
        SemanticBuilder::new_compiler().with_excess_capacity(1.0).with_enum_eval(true).build(&program);
    errors.extend(errors::of(&analysed.diagnostics, text, &lines));
    errors.extend(unsupported::find(&program, &lines));
    errors::refuse(errors)?;
    let scoping = analysed.semantic.into_scoping();

    let mut facts = facts::collect(&program, &scoping, &lines);
    // Before the types are gone.
    facts.signatures = exports::signatures(&program, text);
    let taken = facts::imports_of_values(&program, &scoping, &lines);
    facts.returns = program.body.iter().any(scan::returns);
    facts.last_name = ending::last_name(&program);
    let shape = shape::of(&program, &scoping);

    let transformed = Transformer::new(&allocator, Path::new(NAME), &TransformOptions::default())
        .build_with_scoping(scoping, &mut program);
    errors::refuse(errors::of(&transformed.diagnostics, text, &lines))?;
    // After the types are gone, so that imports of types alone are gone too.
    facts.imports = facts::imports(&program, &lines);
    facts.unused = facts::unused(taken, &facts.imports);

    // Before the shape is applied: what only makes the script's value is not offered to others.
    facts.exports = exports::of(&program);
    let mended = apply::shape(&allocator, &mut program, &shape);
    repairs.extend(mended.repairs);
    apply::dynamic_imports(&allocator, &mut program, path);
    let printed = Codegen::new().with_options(printing()).build(&program);
    let tokens = printed.map.iter().flat_map(|map| map.get_tokens());
    let mappings = tokens.map(|token| Mapping {
        generated: (token.get_dst_line(), token.get_dst_col()),
        original: (token.get_src_line(), token.get_src_col()),
    });
    let positions = positions::table(&printed.code, mappings);
    let value_repair = mended.value_repair;
    Ok(Parsed { javascript: printed.code, positions, facts, repairs, value_repair })
}

/// Parses the text as a TypeScript module that may return at its top level. With errors the parser could go on after,
/// the program comes with them; without a program they are all there is to say.
fn parse_program<'a>(
    allocator: &'a Allocator,
    text: &'a str,
    lines: &Lines,
) -> Result<(Program<'a>, Vec<ScriptError>), Vec<ScriptError>> {
    let ParserReturn { program, diagnostics, panicked, .. } =
        parse_as(allocator, text, SourceType::ts().with_module(true));
    let errors = errors::of(&diagnostics, text, lines);
    if (panicked || !errors.is_empty()) && is_jsx(text) {
        return Err(vec![errors::jsx(text, lines)]);
    }
    if panicked { Err(errors::first(errors)) } else { Ok((program, errors)) }
}

fn parse_as<'a>(allocator: &'a Allocator, text: &'a str, kind: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, kind).with_options(options).parse()
}

/// Whether the text is a script if only JSX were allowed.
fn is_jsx(text: &str) -> bool {
    let allocator = Allocator::default();
    let parsed = parse_as(&allocator, text, SourceType::tsx().with_module(true));
    !parsed.panicked && !parsed.diagnostics.has_errors()
}

fn printing() -> CodegenOptions {
    CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(NAME.into()),
        // Nobody reads it, and indentation of deep nesting is quadratic.
        indent_char: IndentChar::Space,
        indent_width: 0,
        ..CodegenOptions::default()
    }
}
