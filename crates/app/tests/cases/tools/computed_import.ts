// import() of a name made while it runs
const name = ['list', 'Channels'].join('');
const tool = await import(`./servers/slack/${name}.ts`);
return (await tool[name]()).length;
//= returned 6
//= call slack/list_channels answered x1
//= warning: line 3 uses an `import()` of something computed; import by a literal path
