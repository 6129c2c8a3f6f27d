// A global by the name that the tool for agents has
const found = await search_tools('send a message');
return found.length;
//= threw at 2:21: ReferenceError: search_tools is not defined (did you mean `searchTools`?)
//deno= threw at 2:15: ReferenceError: search_tools is not defined (did you mean `searchTools`?)
