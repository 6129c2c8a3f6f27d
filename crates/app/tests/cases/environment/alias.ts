// Published examples import from @anthropic/code-execution
import { fs, callMCPTool } from '@anthropic/code-execution';
return [typeof fs.readFile, typeof callMCPTool];
//= returned ["function","function"]
