return fs.readdir('/');
