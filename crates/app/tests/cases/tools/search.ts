// A script can search
const found = await searchTools('create a task in a project', 'names');
return found.slice(0, 1).map((tool: any) => tool.path ?? tool);
//= returned ["servers/jira/createIssue"]
