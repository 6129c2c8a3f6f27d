// expect: returned {"x":1}
import { listChannels } from './servers/slack';
return {
  get x() {
    void listChannels({});
    return 1;
  },
};
