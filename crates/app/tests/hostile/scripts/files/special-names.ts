// expect: returned [" ",".hidden","-rf","CON","a:b","a\nb","ä","😀"]
for (const name of [' ', '.hidden', '-rf', 'CON', 'a:b', 'a\nb', 'ä', '😀']) await fs.writeFile('/workspace/' + name, name);
const names: any = await fs.readdir('/workspace');
return [' ', '.hidden', '-rf', 'CON', 'a:b', 'a\nb', 'ä', '😀'].filter((name) => names.includes(name));
