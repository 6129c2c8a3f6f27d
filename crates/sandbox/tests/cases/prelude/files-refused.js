// answer: fs/readFile reject {"name":"PermissionError","message":"'/etc/passwd' is outside","path":"/etc/passwd"}
// answer: fs/stat reject {"name":"Error","code":"ENOENT","message":"ENOENT: no such file or directory, '/x'"}
const seen = [];
for (const ask of [() => fs.readFile('/etc/passwd'), () => fs.access('/x')]) {
  try {
    await ask();
  } catch (error) {
    seen.push([error.name, error instanceof PermissionError, error instanceof Error, error.code ?? error.path, error.message]);
  }
}
return seen;
// expect: returned [["PermissionError",true,true,"/etc/passwd","'/etc/passwd' is outside"],
// expect: ["Error",false,true,"ENOENT","ENOENT: no such file or directory, '/x'"]]
