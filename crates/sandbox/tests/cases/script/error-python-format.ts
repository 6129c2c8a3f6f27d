const name = 'a';
return f"hello {name}";
