const shown = (input, base) => {
  try {
    return new URL(input, base).href;
  } catch (error) {
    return error.name;
  }
};
const url = new URL('https://User:p w@Example.COM:443/a/../b c/%2e%2E/d?q=ä&x=1#h i');
const params = new URLSearchParams({ a: '1 2', b: 'ü&' });
params.append('a', '3');
url.searchParams.set('x', 'y z');
return [
  url.href, url.origin, url.host, url.pathname, [...url.searchParams], `${params}`, params.getAll('a'), params.size,
  shown('../x?y', 'http://h/a/b/c'), shown('//o/p', 'https://h/'), shown('?q', 'http://h/p#f'), shown('http://[1:0::2]:80/'), shown('http://0x7f.1'),
  shown('mailto:a@b.c'), shown('nope'), shown('http://a b/'), shown('http://h:99999'), URL.canParse('x:y'), JSON.stringify({ url: new URL('http://a') }),
];
// expect: returned ["https://User:p%20w@example.com/d?q=%C3%A4&x=y+z#h%20i","https://example.com","example.com","/d",[["q","ä"],["x","y z"]],
// expect: "a=1+2&b=%C3%BC%26&a=3",["1 2","3"],3,"http://h/a/x?y","https://o/p","http://h/p?q","http://[1::2]/","http://127.0.0.1/",
// expect: "mailto:a@b.c","TypeError","TypeError","TypeError",true,"{\"url\":\"http://a/\"}"]
