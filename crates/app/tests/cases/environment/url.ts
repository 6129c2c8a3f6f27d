// Addresses are taken apart
const url = new URL('../b?x=1&x=2#h', 'https://me:pw@example.com:8443/a/c/');
return [url.href, url.searchParams.getAll('x'), new URLSearchParams({ q: 'a b&c' }).toString(), encodeURIComponent('ä/')];
//= returned ["https://me:pw@example.com:8443/a/b?x=1&x=2#h",["1","2"],"q=a+b%26c","%C3%A4%2F"]
