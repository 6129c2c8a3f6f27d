// expect: returned 49
const all = Array.from({ length: 200 }, (_, n) => fs.writeFile(`/tmp/many/${n}`, 'x'));
return (await Promise.allSettled(all)).filter((one) => one.status === 'fulfilled').length;
