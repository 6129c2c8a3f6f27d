const name = ['tool', 'Registry'].join('');
return globalThis[name].search('list channels')[0].name;
//= returned "listChannels"
