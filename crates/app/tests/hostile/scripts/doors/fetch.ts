// expect: threw NetworkError
await fetch('http://127.0.0.1:1/');
