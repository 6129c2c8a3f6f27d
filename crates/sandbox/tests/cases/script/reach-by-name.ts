import { callMCPTool as call } from 'narrows';
return call(await call('time/now', {}), {});
