// import() of a name made while it runs
const name = ['list', 'Channels'].join('');
const tool = await import(`./servers/slack/${name}.ts`);
return (await tool[name]()).length;
