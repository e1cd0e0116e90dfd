//! What can be wrong with a program whatever a script asks of it, and hints that fit there: those of the script would be about
//! something else.

use crate::verdict::State;

/// Something that no program may do, and that no step of a script asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// It uses the processor with nothing to do.
    Spins,
    /// It wakes up again and again with nothing to do.
    Polls,
    /// It prints without end.
    Floods,
    /// It ends with its clients.
    Ends,
    /// It keeps sockets of those who have left.
    Keeps,
    /// It sends more than was asked for.
    SendsMore,
    /// It says of one client twice that it is closed.
    ClosesTwice,
}

impl Habit {
    const ALL: [Habit; 7] = [
        Habit::Spins,
        Habit::Polls,
        Habit::Floods,
        Habit::Ends,
        Habit::Keeps,
        Habit::SendsMore,
        Habit::ClosesTwice,
    ];

    /// What it is called: `a program that spins`.
    pub fn name(self) -> &'static str {
        match self {
            Habit::Spins => "a program that spins",
            Habit::Polls => "a program that polls by the clock",
            Habit::Floods => "a program that prints without end",
            Habit::Ends => "a program that ends with its clients",
            Habit::Keeps => "a program that keeps sockets",
            Habit::SendsMore => "a program that sends more than it should",
            Habit::ClosesTwice => "a program that closes a client twice",
        }
    }

    /// The one of this name.
    pub fn of_name(name: &str) -> Option<Habit> {
        Habit::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The one that a program was seen to have when it was in this state; none, if the state is nothing bad.
    pub fn of_state(state: &State) -> Option<Habit> {
        match state {
            State::Spinning => Some(Habit::Spins),
            State::Polling => Some(Habit::Polls),
            State::Exited { .. } | State::Killed { .. } => Some(Habit::Ends),
            _ => None,
        }
    }

    /// From a nudge to what all but is the answer.
    pub fn hints(self) -> [&'static str; 3] {
        match self {
            Habit::Spins => [
                "The wait returns at once, again and again. For which socket, and what does the program then do with it? `your code` has the lines of the circle.",
                "A socket stays ready until what made it ready is taken: bytes by recv, a connection by accept, the end of the stream, a recv of 0, only by closing.",
                "Whoever has ended must leave what is watched. Does each way to end (a recv of 0, an error) take the client out, and does the caller use what a function returns about that?",
            ],
            Habit::Polls => [
                "Who wakes it up, if no client does?",
                "A timeout is for something that is to be done at that time. To hear of clients it takes none.",
                "Wait without a timeout; with one, let it be what is left until the next thing is to be done.",
            ],
            Habit::Floods => [
                "Which line comes again and again? `server printed` has the last ones.",
                "It prints at each turn of its loop, and the wait returns at once. What is still ready, although there is nothing more to do about it?",
                "Whoever was said to be closed must also leave what is watched. Does the caller use what a function returns about that?",
            ],
            Habit::Ends => [
                "What did it say at its end? `stderr` has it; a panic names its line.",
                "Clients end at any time and in any way. recv and send may then fail (ECONNRESET, EPIPE), and nothing is wrong with the server.",
                "End this client and go on with the others: no `unwrap` on what a client's socket returns, and no `?` that leads out of the loop.",
            ],
            Habit::Keeps => [
                "Everybody has left. Where in the program is there still something of theirs?",
                "A socket is closed when its last owner is dropped. Which collections hold one, and was it cloned?",
                "Take a client out of every collection, in each way in which it can end: a recv of 0, a failed recv, a failed send.",
            ],
            Habit::SendsMore => [
                "Which of these bytes did the client not ask for, and who else got them, or should have?",
                "Is something sent twice, or to the wrong one? How much of the buffer is sent, and what is left in a queue after a send?",
                "Send as many bytes as recv has returned, take out of a queue as many as send has returned, and tell everybody once.",
            ],
            Habit::ClosesTwice => [
                "Who is said to be closed twice, and what happened in between?",
                "One who has ended is met again at the next turn, if the caller does not use what a function returns about the end; or in the same turn, by another event or when the others are told.",
                "Print the line in the one place where clients are taken out of the collection. Where that cannot be done at once, mark who has ended, and pass over whoever is marked.",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for habit in Habit::ALL {
            assert_eq!(Habit::of_name(habit.name()), Some(habit));
            // They are written into lines with colons in between.
            assert!(!habit.name().contains(':'));
        }
        assert_eq!(Habit::of_name("hello"), None);
    }
}
