/** A DynamoDB emulator in its own process: sends its address to the parent, and ends when the parent disconnects. */
import dynalite from 'dynalite';

process.once('disconnect', () => process.exit());
const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
