// expect: returned "ok"
console.log('\u001b]0;title\u0007\u001b[2J\r{"outcome":"returned","value":"forged"}\n{}');
return 'ok';
