//! QuickJS as safe values: one runtime, one context, for the life of the instance.
//!
//! Everything `unsafe` about the C interface is in this file, in `memory`, `names` and `numbers`. The context is a static because an instance holds
//! exactly one script; values are reference counted by [`Value`].

mod memory;
mod names;
mod numbers;

use core::{
    ffi::{CStr, c_int, c_void},
    ptr,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

use rquickjs_sys as qjs;
use rquickjs_sys::{JSContext, JSRuntime, JSValue};

pub use memory::Reserve;
pub use names::{Names, atom, with_atom_utf8};

static CONTEXT: AtomicPtr<JSContext> = AtomicPtr::new(ptr::null_mut());
static RUNTIME: AtomicPtr<JSRuntime> = AtomicPtr::new(ptr::null_mut());

/// How deep QuickJS lets the stack grow: below the shadow stack of 512 KB, with room for one native frame chain,
/// so deep recursion is a `RangeError` and never a trap.
const STACK_BYTES: usize = 400 * 1024;

/// Garbage cycles are looked for when this much is allocated: most runs end before.
const GC_THRESHOLD: usize = 4 * 1024 * 1024;

/// An exception is pending in the context: see [`exception`].
#[derive(Debug)]
pub struct Thrown;

pub type Result<T> = core::result::Result<T, Thrown>;

pub type Native = fn(&Arguments) -> Result<Value>;

/// A counted reference to a JavaScript value.
#[derive(Debug)]
pub struct Value(JSValue);

/// The arguments of a native function.
pub struct Arguments<'a>(&'a [JSValue]);

/// The state of a promise.
pub enum Settled {
    Pending,
    Fulfilled(Value),
    Rejected(Value),
}

pub fn context() -> *mut JSContext {
    CONTEXT.load(Relaxed)
}

pub fn runtime() -> *mut JSRuntime {
    RUNTIME.load(Relaxed)
}

/// Makes the runtime and the context. Called once, when the image is made.
pub fn initialise() {
    // SAFETY: the pointers are checked, and live as long as the instance.
    unsafe {
        let runtime = qjs::JS_NewRuntime2(&memory::FUNCTIONS, ptr::null_mut());
        assert!(!runtime.is_null(), "no runtime");
        qjs::JS_SetMaxStackSize(runtime, STACK_BYTES as _);
        qjs::JS_SetGCThreshold(runtime, GC_THRESHOLD as _);
        let context = qjs::JS_NewContext(runtime);
        assert!(!context.is_null(), "no context");
        RUNTIME.store(runtime, Relaxed);
        CONTEXT.store(context, Relaxed);
    }
}

/// No garbage is looked for from now on: what a stopped script still does must not wait for it.
pub fn stop_collecting() {
    // SAFETY: the runtime lives.
    unsafe { qjs::JS_SetGCThreshold(runtime(), usize::MAX as _) };
}

/// The pending exception, taken.
pub fn exception() -> Value {
    // SAFETY: the context lives.
    Value(unsafe { qjs::JS_GetException(context()) })
}

/// Makes `value` the pending exception.
pub fn throw(value: Value) -> Thrown {
    // SAFETY: the context takes the reference over.
    unsafe { qjs::JS_Throw(context(), value.into_raw()) };
    Thrown
}

/// Throws a `TypeError`.
pub fn throw_type_error(message: &str) -> Thrown {
    let message = Value::string(message);
    match crate::intrinsics::type_error(&message) {
        Ok(error) => throw(error),
        Err(thrown) => thrown,
    }
}

/// Evaluates a script in the global scope.
pub fn evaluate(source: &str, name: &CStr) -> Result<Value> {
    evaluate_raw(source, name, qjs::JS_EVAL_TYPE_GLOBAL)
}

/// Compiles a module without running it.
pub fn compile_module(source: &str, name: &CStr) -> Result<*mut qjs::JSModuleDef> {
    let module = evaluate_raw(source, name, qjs::JS_EVAL_TYPE_MODULE | qjs::JS_EVAL_FLAG_COMPILE_ONLY)?;
    // SAFETY: a compiled module is a pointer kept alive by the context, not by the value.
    Ok(unsafe { qjs::JS_VALUE_GET_PTR(module.0) }.cast())
}

fn evaluate_raw(source: &str, name: &CStr, flags: u32) -> Result<Value> {
    // The parser reads a zero behind the source.
    let mut zero_ended = Vec::with_capacity(source.len() + 1);
    zero_ended.extend_from_slice(source.as_bytes());
    zero_ended.push(0);
    // SAFETY: both texts end with a zero and live during the call.
    Value::checked(unsafe {
        qjs::JS_Eval(context(), zero_ended.as_ptr().cast(), source.len() as _, name.as_ptr(), flags as c_int)
    })
}

/// Imports a module by its full name: a promise of its namespace.
pub fn import(name: &CStr) -> Result<Value> {
    // SAFETY: both texts end with a zero and live during the call.
    Value::checked(unsafe { qjs::JS_LoadModule(context(), c"/".as_ptr(), name.as_ptr()) })
}

/// What came of [`run_job`].
pub enum Job {
    None,
    Done,
    Threw,
}

/// Runs the next job of the queue.
pub fn run_job() -> Job {
    let mut context = ptr::null_mut();
    // SAFETY: the runtime lives.
    match unsafe { qjs::JS_ExecutePendingJob(runtime(), &mut context) } {
        0 => Job::None,
        1.. => Job::Done,
        _ => Job::Threw,
    }
}

/// Calls in from the host begin at a fresh stack.
pub fn begin_slice() {
    // SAFETY: the runtime lives.
    unsafe { qjs::JS_UpdateStackTop(runtime()) }
}

/// Bytes QuickJS holds.
pub fn memory_used() -> u32 {
    // SAFETY: the structure is plain numbers, filled by the call.
    unsafe {
        let mut usage = core::mem::zeroed();
        qjs::JS_ComputeMemoryUsage(runtime(), &mut usage);
        usage.malloc_size as u32
    }
}

/// A promise and the two functions that settle it.
pub fn promise() -> Result<(Value, Value, Value)> {
    let mut functions = [qjs::JS_UNDEFINED; 2];
    // SAFETY: two values are written when the promise is made.
    let promise = Value::checked(unsafe { qjs::JS_NewPromiseCapability(context(), functions.as_mut_ptr()) })?;
    Ok((promise, Value(functions[0]), Value(functions[1])))
}

/// A promise already rejected.
pub fn rejected(reason: &Value) -> Result<Value> {
    let (promise, _, reject) = promise()?;
    reject.call(&Value::undefined(), &[reason])?;
    Ok(promise)
}

/// Parses JSON with QuickJS's own parser, which no script can replace.
pub fn parse_json(json: &[u8]) -> Result<Value> {
    let mut zero_ended = Vec::with_capacity(json.len() + 1);
    zero_ended.extend_from_slice(json);
    zero_ended.push(0);
    // SAFETY: the text ends with a zero and lives during the call.
    Value::checked(unsafe {
        qjs::JS_ParseJSON(context(), zero_ended.as_ptr().cast(), json.len() as _, c"<json>".as_ptr())
    })
}

/// A function of the prelude's `native` object.
pub fn native_function(name: &CStr, index: usize) -> Result<Value> {
    // SAFETY: a function with magic has one more argument; QuickJS calls it by the kind given here.
    Value::checked(unsafe {
        let function = core::mem::transmute::<*const c_void, qjs::JSCFunction>(native_entry as *const c_void);
        qjs::JS_NewCFunction2(
            context(),
            function,
            name.as_ptr(),
            0,
            qjs::JSCFunctionEnum_JS_CFUNC_generic_magic,
            index as c_int,
        )
    })
}

extern "C" fn native_entry(
    _: *mut JSContext,
    _: JSValue,
    count: c_int,
    arguments: *mut JSValue,
    index: c_int,
) -> JSValue {
    let Some((_, native)) = crate::natives::NATIVES.get(index as usize) else { return qjs::JS_UNDEFINED };
    let arguments = match count {
        // SAFETY: QuickJS passes that many values, alive during the call.
        1.. => unsafe { core::slice::from_raw_parts(arguments, count as usize) },
        _ => &[],
    };
    match native(&Arguments(arguments)) {
        Ok(value) => value.into_raw(),
        Err(Thrown) => qjs::JS_EXCEPTION,
    }
}

impl Arguments<'_> {
    /// The argument, or `undefined`.
    pub fn at(&self, index: usize) -> Value {
        self.0.get(index).map_or_else(Value::undefined, |raw| Value::borrowed(*raw))
    }

    pub fn text(&self, index: usize) -> Result<String> {
        self.at(index).to_text()
    }
}

impl Value {
    fn checked(raw: JSValue) -> Result<Self> {
        // SAFETY: reads the tag alone.
        if unsafe { qjs::JS_IsException(raw) } { Err(Thrown) } else { Ok(Self(raw)) }
    }

    /// Takes a new reference.
    pub fn borrowed(raw: JSValue) -> Self {
        // SAFETY: the caller's value is alive.
        Self(unsafe { qjs::JS_DupValue(context(), raw) })
    }

    pub fn into_raw(self) -> JSValue {
        let raw = self.0;
        core::mem::forget(self);
        raw
    }

    pub fn undefined() -> Self {
        Self(qjs::JS_UNDEFINED)
    }

    pub fn number(number: f64) -> Self {
        Self(qjs::JS_NewFloat64(number))
    }

    /// A string; `undefined` only when memory is used up, and then the run is over.
    pub fn string(text: &str) -> Self {
        // SAFETY: the range lives during the call.
        Self::checked(unsafe { qjs::JS_NewStringLen(context(), text.as_ptr().cast(), text.len() as _) })
            .unwrap_or_else(|Thrown| Self::undefined())
    }

    /// A string of UTF-8 known to be whole.
    pub fn utf8(text: &[u8]) -> Result<Self> {
        // SAFETY: the range lives during the call.
        Self::checked(unsafe { qjs::JS_NewStringLen(context(), text.as_ptr().cast(), text.len() as _) })
    }

    pub fn integer(number: i32) -> Self {
        Self(qjs::JS_MKVAL(qjs::JS_TAG_INT, number))
    }

    /// A value that is not counted: `true`, `null`.
    pub fn plain(raw: JSValue) -> Self {
        Self(raw)
    }

    /// An array of these elements.
    pub fn array(elements: impl Iterator<Item = Self>) -> Result<Self> {
        let elements: Vec<JSValue> = elements.map(Self::into_raw).collect();
        // SAFETY: the elements' references are taken over, whatever comes of it.
        Self::checked(unsafe { qjs::JS_NewArrayFrom(context(), elements.len() as c_int, elements.as_ptr()) })
    }

    pub fn bytes(bytes: &[u8]) -> Result<Self> {
        // SAFETY: the bytes are copied.
        Self::checked(unsafe { qjs::JS_NewUint8ArrayCopy(context(), bytes.as_ptr(), bytes.len() as _) })
    }

    pub fn object() -> Result<Self> {
        // SAFETY: the context lives.
        Self::checked(unsafe { qjs::JS_NewObject(context()) })
    }

    pub fn globals() -> Self {
        // SAFETY: the context lives.
        Self(unsafe { qjs::JS_GetGlobalObject(context()) })
    }

    /// A new error with a stack, as `new Error()` makes it here.
    pub fn error() -> Result<Self> {
        // SAFETY: the context lives.
        Self::checked(unsafe { qjs::JS_NewError(context()) })
    }

    pub fn tag(&self) -> i32 {
        // SAFETY: reads the tag alone.
        let tag = unsafe { qjs::JS_VALUE_GET_TAG(self.0) };
        // SAFETY: a pure function of the tag.
        if unsafe { qjs::JS_TAG_IS_FLOAT64(tag) } { qjs::JS_TAG_FLOAT64 } else { tag }
    }

    pub fn as_int(&self) -> i32 {
        // SAFETY: reads the bits alone.
        unsafe { qjs::JS_VALUE_GET_INT(self.0) }
    }

    pub fn as_float(&self) -> f64 {
        // SAFETY: reads the bits alone.
        unsafe { qjs::JS_VALUE_GET_FLOAT64(self.0) }
    }

    /// What identifies an object.
    pub fn address(&self) -> usize {
        // SAFETY: reads the bits alone.
        unsafe { qjs::JS_VALUE_GET_PTR(self.0) as usize }
    }

    pub fn is_undefined(&self) -> bool {
        self.tag() == qjs::JS_TAG_UNDEFINED
    }

    pub fn is_object(&self) -> bool {
        self.tag() == qjs::JS_TAG_OBJECT
    }

    pub fn is_string(&self) -> bool {
        matches!(self.tag(), qjs::JS_TAG_STRING | qjs::JS_TAG_STRING_ROPE)
    }

    pub fn is_true(&self) -> bool {
        self.0 == qjs::JS_TRUE
    }

    pub fn is_function(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsFunction(context(), self.0) }
    }

    pub fn is_error(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsError(self.0) }
    }

    pub fn is_uncatchable(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsUncatchableError(self.0) }
    }

    pub fn make_uncatchable(&self) {
        // SAFETY: the value is alive; nothing happens unless it is an error.
        unsafe { qjs::JS_SetUncatchableError(context(), self.0) }
    }

    pub fn is_promise(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsPromise(self.0) }
    }

    pub fn is_proxy(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsProxy(self.0) }
    }

    pub fn is_map(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsMap(self.0) }
    }

    pub fn is_set(&self) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsSet(self.0) }
    }

    pub fn is_typed_array(&self) -> bool {
        // SAFETY: the value is alive.
        self.is_object() && unsafe { qjs::JS_GetTypedArrayType(self.0) } >= 0
    }

    /// Whether it is an array, or a proxy of one.
    pub fn is_array(&self) -> bool {
        let mut value = Self::borrowed(self.0);
        while value.is_proxy() {
            match value.proxy_target() {
                Ok(target) => value = target,
                Err(Thrown) => {
                    exception();
                    return false;
                }
            }
        }
        // SAFETY: the value is alive.
        unsafe { qjs::JS_IsArray(value.0) }
    }

    pub fn proxy_target(&self) -> Result<Self> {
        // SAFETY: the value is alive.
        Self::checked(unsafe { qjs::JS_GetProxyTarget(context(), self.0) })
    }

    pub fn proxy_handler(&self) -> Result<Self> {
        // SAFETY: the value is alive.
        Self::checked(unsafe { qjs::JS_GetProxyHandler(context(), self.0) })
    }

    pub fn class(&self) -> u32 {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_GetClassID(self.0) }
    }

    /// The state of a promise, without running anything.
    pub fn settled(&self) -> Settled {
        // SAFETY: the value is an alive promise, or the state is none of these.
        unsafe {
            match qjs::JS_PromiseState(context(), self.0) {
                qjs::JSPromiseStateEnum_JS_PROMISE_FULFILLED => {
                    Settled::Fulfilled(Self(qjs::JS_PromiseResult(context(), self.0)))
                }
                qjs::JSPromiseStateEnum_JS_PROMISE_REJECTED => {
                    Settled::Rejected(Self(qjs::JS_PromiseResult(context(), self.0)))
                }
                _ => Settled::Pending,
            }
        }
    }

    /// From now on its rejection counts as handled.
    pub fn mark_handled(&self) {
        // SAFETY: the value is an alive promise.
        unsafe { qjs::JS_PromiseMarkAsHandled(context(), self.0) }
    }

    pub fn get(&self, name: &CStr) -> Result<Self> {
        // SAFETY: the value is alive.
        Self::checked(unsafe { qjs::JS_GetPropertyStr(context(), self.0, name.as_ptr()) })
    }

    pub fn get_atom(&self, name: qjs::JSAtom) -> Result<Self> {
        // SAFETY: value and atom are alive.
        Self::checked(unsafe { qjs::JS_GetProperty(context(), self.0, name) })
    }

    pub fn at(&self, index: u32) -> Result<Self> {
        // SAFETY: the value is alive.
        Self::checked(unsafe { qjs::JS_GetPropertyUint32(context(), self.0, index) })
    }

    pub fn length(&self) -> Result<i64> {
        let mut length = 0;
        // SAFETY: the value is alive; the length is written on success.
        if unsafe { qjs::JS_GetLength(context(), self.0, &mut length) } < 0 {
            Err(Thrown)
        } else {
            Ok(length)
        }
    }

    /// Defines a plain property.
    pub fn define(&self, name: &CStr, value: Self) -> Result<()> {
        // SAFETY: the value's reference is taken over.
        let done = unsafe {
            qjs::JS_DefinePropertyValueStr(
                context(),
                self.0,
                name.as_ptr(),
                value.into_raw(),
                qjs::JS_PROP_C_W_E as c_int,
            )
        };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    /// Defines a plain property by its atom.
    pub fn define_atom(&self, name: qjs::JSAtom, value: Self) -> Result<()> {
        let flags = qjs::JS_PROP_C_W_E as c_int;
        // SAFETY: the atom is alive; the value's reference is taken over.
        let done = unsafe { qjs::JS_DefinePropertyValue(context(), self.0, name, value.into_raw(), flags) };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    /// The name of a property; the caller frees it.
    pub fn to_atom(&self) -> Result<qjs::JSAtom> {
        // SAFETY: the value is alive.
        let atom = unsafe { qjs::JS_ValueToAtom(context(), self.0) };
        if atom == 0 { Err(Thrown) } else { Ok(atom) }
    }

    /// Defines a property that `for … in` does not see.
    pub fn define_hidden(&self, name: &CStr, value: Self) -> Result<()> {
        let flags = (qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE) as c_int;
        // SAFETY: the value's reference is taken over.
        let done = unsafe {
            qjs::JS_DefinePropertyValueStr(context(), self.0, name.as_ptr(), value.into_raw(), flags)
        };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    pub fn call(&self, this: &Self, arguments: &[&Self]) -> Result<Self> {
        let mut raw = [qjs::JS_UNDEFINED; 4];
        let count = arguments.len().min(raw.len());
        for (slot, argument) in raw.iter_mut().zip(arguments) {
            *slot = argument.0;
        }
        // SAFETY: all values are alive during the call.
        Self::checked(unsafe { qjs::JS_Call(context(), self.0, this.0, count as c_int, raw.as_mut_ptr()) })
    }

    /// The value as text, as `String(value)` makes it; lone surrogates become U+FFFD.
    pub fn to_text(&self) -> Result<String> {
        self.with_utf8(crate::text::repaired)
    }

    /// Hands out the value's text as UTF-8 that may hold lone surrogates.
    pub fn with_utf8<T>(&self, use_it: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut length = 0;
        // SAFETY: the bytes live until they are freed below.
        unsafe {
            let text = qjs::JS_ToCStringLen(context(), &mut length, self.0);
            if text.is_null() {
                return Err(Thrown);
            }
            let result = use_it(core::slice::from_raw_parts(text.cast(), length));
            qjs::JS_FreeCString(context(), text);
            Ok(result)
        }
    }

    pub fn to_number(&self) -> Result<f64> {
        let mut number = 0.0;
        // SAFETY: the number is written on success.
        if unsafe { qjs::JS_ToFloat64(context(), &mut number, self.0) } < 0 {
            Err(Thrown)
        } else {
            Ok(number)
        }
    }

    /// The bytes of a `Uint8Array`, copied.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the bytes are copied before anything else runs.
        unsafe {
            let bytes = qjs::JS_GetUint8Array(context(), &mut length, self.0);
            if bytes.is_null() {
                // An empty array has no bytes and no exception.
                let error = exception();
                return if error.is_error() { Err(throw(error)) } else { Ok(Vec::new()) };
            }
            Ok(core::slice::from_raw_parts(bytes, length as usize).to_vec())
        }
    }

    /// The names of its own enumerable properties.
    pub fn own_names(&self) -> Result<Names> {
        let mut names = Names { table: ptr::null_mut(), count: 0 };
        let flags = (qjs::JS_GPN_STRING_MASK | qjs::JS_GPN_ENUM_ONLY) as c_int;
        // SAFETY: the table is written on success and freed by `Names`.
        let done = unsafe {
            qjs::JS_GetOwnPropertyNames(context(), &mut names.table, &mut names.count, self.0, flags)
        };
        if done < 0 { Err(Thrown) } else { Ok(names) }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::borrowed(self.0)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: this reference is ours.
        unsafe { qjs::JS_FreeValue(context(), self.0) }
    }
}
