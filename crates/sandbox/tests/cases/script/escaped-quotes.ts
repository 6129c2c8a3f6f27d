const name = \"a\";
return name;
