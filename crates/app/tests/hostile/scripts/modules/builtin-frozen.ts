// expect: threw TypeError
import narrows from 'narrows';
(narrows as any).callMCPTool = () => 'forged';
