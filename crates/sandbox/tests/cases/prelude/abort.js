const controller = new AbortController();
const heard = [];
controller.signal.addEventListener('abort', (event) => heard.push(event.type), { once: true });
controller.signal.onabort = () => heard.push('on');
const any = AbortSignal.any([new AbortController().signal, controller.signal]);
controller.abort();
controller.abort();
let thrown;
try {
  any.throwIfAborted();
} catch (error) {
  thrown = `${error.name} ${error.code}`;
}
return [heard, any.aborted, thrown, AbortSignal.abort('why').reason, `${new EventTarget()}`];
// expect: returned [["on","abort"],true,"AbortError 20","why","[object EventTarget]"]
