// expect: threw TypeError
import * as slack from './servers/slack';
(slack as any).sendMessage = () => 'forged';
