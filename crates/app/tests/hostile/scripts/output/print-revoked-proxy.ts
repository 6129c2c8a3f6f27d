// expect: returned "ok"
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
console.log(proxy, [proxy]);
return 'ok';
