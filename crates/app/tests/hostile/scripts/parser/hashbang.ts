// expect: refused SyntaxError
#!/usr/bin/env node
return 1;
