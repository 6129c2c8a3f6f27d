import { toolRegistry } from 'narrows';
return toolRegistry.list();
