// expect: threw TypeError
return (fs.readFile as any).caller;
