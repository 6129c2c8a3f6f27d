// expect: threw ReferenceError
return (fs.readFile as any).constructor.constructor('return process')().mainModule;
