// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @dev No deployment can give its guardian longer pauses than this.
uint64 constant PAUSE_LIMIT = 30 days;

/// @title A pause that ends by itself
/// @notice One guardian, fixed at deployment, may stop the outflow of money for a fixed time, and can do nothing else: not
/// lengthen the pause, not lift it, not change a balance. After each pause at least as much time passes without one, so that
/// even a hostile guardian only ever delays.
abstract contract GuardedPause {
    /// @notice Who may pause; zero: nobody.
    address public immutable GUARDIAN;
    /// @notice How long a pause lasts, in seconds, and how long after its end the next may begin.
    uint64 public immutable PAUSE_SECONDS_MAX;

    /// @notice Unix time in seconds at which the last pause ends or ended; 0 before the first.
    uint64 public pausedUntil;

    event Paused(uint64 until);

    error PauseTooLong(uint64 given, uint64 limit);
    error NotGuardian(address caller);
    /// @notice Nothing of this kind is possible before `until`.
    error PausedUntil(uint64 until);
    /// @notice The last pause was too short a time ago.
    error PauseTooSoon(uint256 notBefore);

    constructor(address guardian, uint64 pauseSecondsMax) {
        if (pauseSecondsMax > PAUSE_LIMIT) revert PauseTooLong(pauseSecondsMax, PAUSE_LIMIT);
        GUARDIAN = guardian;
        PAUSE_SECONDS_MAX = pauseSecondsMax;
    }

    modifier whenNotPaused() {
        if (paused()) revert PausedUntil(pausedUntil);
        _;
    }

    /// @notice Guardian only: pauses for PAUSE_SECONDS_MAX from now on.
    function pause() external {
        if (msg.sender != GUARDIAN) revert NotGuardian(msg.sender);
        uint256 last = pausedUntil;
        if (last != 0 && block.timestamp < last + PAUSE_SECONDS_MAX) revert PauseTooSoon(last + PAUSE_SECONDS_MAX);
        pausedUntil = uint64(block.timestamp) + PAUSE_SECONDS_MAX;
        emit Paused(pausedUntil);
    }

    /// @notice Whether a pause lasts now.
    function paused() public view returns (bool) {
        return block.timestamp < pausedUntil;
    }
}
