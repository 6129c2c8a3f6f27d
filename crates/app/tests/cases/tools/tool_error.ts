// A tool's failure is a ToolError that says everything
import { updateRecord } from './servers/salesforce';
try {
  await updateRecord({ id: 'nobody', field: 'a', value: 1 });
} catch (e: any) {
  return { name: e.name, server: e.server, tool: e.tool, code: e.code, message: e.message, is: e instanceof Error };
}
//= returned {"name":"ToolError","server":"salesforce","tool":"update_record","code":"tool_error","message":"no record has the Id \"nobody\"","is":true}
//= call salesforce/update_record tool_error x1
