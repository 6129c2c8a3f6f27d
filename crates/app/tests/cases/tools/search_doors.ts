// A search that cannot be made says why, and its levels of detail have several names
const said = async (...search: any[]) => {
  try {
    return (await (searchTools as any)(...search)).length;
  } catch (e: any) {
    return `${e.name}: ${e.message}`;
  }
};
return [
  await said('mail', { limit: 0 }),
  await said('mail', { limit: -1 }),
  await said('mail', { limit: 'many' }),
  await said('mail', { limit: '1' }),
  await said('mail', { detail: 'summary', limit: 2 }),
  await said('mail', 'everything'),
  await said('mail', { server: 'slakc' }),
  await said([], { server: 'slack', limit: 1 }),
];
//= returned ["TypeError: `limit` must be from 1 to 100, not 0","TypeError: `limit` must be from 1 to 100, not -1","TypeError: `limit` must be from 1 to 100, not \"many\"",1,2,"TypeError: there is no detail level `everything`; use `names`, `signatures` or `full`","TypeError: there is no server `slakc`; did you mean `slack`?",1]
