// expect: threw Error
throw new Error('\u001b[31m\u0000\u202e\r\n\ud800');
