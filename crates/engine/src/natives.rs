//! The functions the prelude is given as `native`: see `prelude/README.md`.

use core::ffi::CStr;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    calls, clock, decode, encode, failure, host,
    js::{self, Arguments, Native, Result, Settled, Value},
    modules, text,
};

/// As many random bytes as one call gives: the limit of `crypto.getRandomValues`.
const RANDOM_BYTES_MAX: f64 = 65_536.0;

pub const NATIVES: &[(&CStr, Native)] = &[
    (c"call", |arguments| calls::begin(&arguments.text(0)?, &arguments.at(1))),
    (c"hooks", hooks),
    (c"builtin", builtin),
    (c"parse", |arguments| arguments.at(0).with_utf8(decode::decode)?),
    (c"has", has),
    (c"import", |arguments| js::import(&modules::c_name(&arguments.text(0)?))),
    (c"text", |arguments| {
        Ok(modules::source(&arguments.text(0)?)
            .map_or_else(Value::undefined, |source| Value::string(&source)))
    }),
    (c"print", print),
    (c"now", |_| Ok(Value::number(clock::now_ms()))),
    (c"started", |_| Ok(Value::number(clock::started_ms()))),
    (c"random", |_| Ok(Value::number(clock::random()))),
    (c"randomBytes", random_bytes),
    (c"encodeUtf8", |arguments| Value::bytes(arguments.text(0)?.as_bytes())),
    (c"decodeUtf8", decode_utf8),
    (c"encodeBase64", |arguments| Ok(Value::string(&text::to_base64(&arguments.at(0).to_bytes()?)))),
    (c"decodeBase64", decode_base64),
    (c"digest", digest),
    (c"inspect", inspect),
    (c"stack", |_| Ok(Value::string(&failure::stack_here()))),
];

/// The object with all of them.
pub fn object() -> Result<Value> {
    let object = Value::object()?;
    for (index, (name, _)) in NATIVES.iter().enumerate() {
        object.define(name, js::native_function(name, index)?)?;
    }
    Ok(object)
}

fn hooks(arguments: &Arguments) -> Result<Value> {
    let hooks = arguments.at(0);
    let (error, answer, beside) = (hooks.get(c"error")?, hooks.get(c"answer")?, hooks.get(c"beside")?);
    if error.is_function() {
        calls::set_make_error(error);
    }
    if answer.is_function() {
        calls::set_make_answer(answer);
        encode::set_beside(beside.to_atom()?);
    }
    Ok(Value::undefined())
}

fn builtin(arguments: &Arguments) -> Result<Value> {
    let names = arguments.at(0);
    let source = arguments.text(1)?;
    for index in 0..names.length()? {
        modules::define(&names.at(index as u32)?.to_text()?, &source);
    }
    Ok(Value::undefined())
}

fn has(arguments: &Arguments) -> Result<Value> {
    let name = modules::resolve(&arguments.text(0)?, &arguments.text(1)?);
    Ok(name.map_or_else(Value::undefined, |name| Value::string(&name)))
}

fn print(arguments: &Arguments) -> Result<Value> {
    let level = arguments.at(0).to_number()?;
    host::print(level as u32, &arguments.text(1)?);
    Ok(Value::undefined())
}

fn random_bytes(arguments: &Arguments) -> Result<Value> {
    let count = arguments.at(0).to_number()?;
    if !(0.0..=RANDOM_BYTES_MAX).contains(&count) {
        return Err(js::throw_type_error("at most 65536 random bytes at once"));
    }
    let mut bytes = vec![0; count as usize];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&clock::random_bits().to_le_bytes()[..chunk.len()]);
    }
    Value::bytes(&bytes)
}

fn decode_utf8(arguments: &Arguments) -> Result<Value> {
    let bytes = arguments.at(0).to_bytes()?;
    match core::str::from_utf8(&bytes) {
        Ok(text) => Ok(Value::string(text)),
        Err(_) if arguments.at(1).is_true() => Err(js::throw_type_error("the bytes are not UTF-8")),
        Err(_) => Ok(Value::string(&String::from_utf8_lossy(&bytes))),
    }
}

fn decode_base64(arguments: &Arguments) -> Result<Value> {
    match text::from_base64(&arguments.text(0)?) {
        Some(bytes) => Value::bytes(&bytes),
        None => Err(js::throw_type_error("the text is not Base64")),
    }
}

fn digest(arguments: &Arguments) -> Result<Value> {
    let name = arguments.text(0)?;
    let bytes = arguments.at(1).to_bytes()?;
    match name.as_str() {
        "SHA-1" => Value::bytes(&Sha1::digest(bytes)),
        "SHA-256" => Value::bytes(&Sha256::digest(bytes)),
        "SHA-384" => Value::bytes(&Sha384::digest(bytes)),
        "SHA-512" => Value::bytes(&Sha512::digest(bytes)),
        _ => Err(js::throw_type_error(&format!("there is no digest \"{name}\""))),
    }
}

fn inspect(arguments: &Arguments) -> Result<Value> {
    let value = arguments.at(0);
    let object = Value::object()?;
    let kind = if value.is_proxy() {
        object.define(c"target", value.proxy_target()?)?;
        object.define(c"handler", value.proxy_handler()?)?;
        "proxy"
    } else if value.is_promise() {
        let (state, inner) = match value.settled() {
            Settled::Pending => ("pending", Value::undefined()),
            Settled::Fulfilled(inner) => ("fulfilled", inner),
            Settled::Rejected(inner) => ("rejected", inner),
        };
        object.define(c"state", Value::string(state))?;
        object.define(c"value", inner)?;
        "promise"
    } else {
        "other"
    };
    object.define(c"type", Value::string(kind))?;
    Ok(object)
}
