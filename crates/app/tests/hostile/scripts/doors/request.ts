// expect: threw NetworkError
new XMLHttpRequest().open('GET', 'http://127.0.0.1:1/');
new XMLHttpRequest().send();
